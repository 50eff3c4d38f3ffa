/*
 * explore_play.h: one path of explore.h: its runs, and the decisions on the way.
 *
 * Purpose: what the parts of the explorer share. Ownership: the player is explore.c's; a run's exec is
 * only looked at.
 */
#ifndef BFC_EXPLORE_PLAY_H
#define BFC_EXPLORE_PLAY_H

#include "explore.h"
#include "explore_state.h"
#include "fake_world.h"

#define FLIGHTS_MAX 16
#define EVENTS_MAX 256
/* Decisions of one path; more is a run that does not end. */
#define STEPS_MAX 4096

/* What may happen next. */
enum event_kind {
	EVENT_ARRIVE,       /* done by the server; the answer is on its way */
	EVENT_ANSWER,       /* the answer comes; a request that has not arrived arrives first */
	EVENT_PAUSE_ENDS,   /* before anything else happens */
	EVENT_LOSE_REQUEST, /* it never arrives, and the client can't know */
	EVENT_LOSE_ANSWER,
	EVENT_RUN_ON, /* the connection breaks, the statement runs on for some seconds */
	EVENT_REFUSE,
	EVENT_SERVER_DIES,
	EVENT_SERVER_DIES_IN, /* in the middle of this move, or INSERT into a live table */
	EVENT_CLIENT_DIES,    /* `arg`: which of those under way still arrive, a bit each */
	EVENT_DIES_RUNNING,   /* the client dies, and this one runs on */
	EVENT_COMES_LATE,     /* the client dies; this arrives at the next run's arg-th request */
	EVENT_CLIENT_SLEEPS, /* for so long that another run takes over and ends; `arg`: an abort */
	EVENT_COMMAND_ENDS,  /* well */
	EVENT_COMMAND_FAILS, /* `arg`: and has done it all the same */
	EVENT_COMMAND_GOES_ON, /* while an answer comes */
	EVENT_DIES_COMMANDING, /* `arg`: the command does it all the same */
	EVENT_INSERT_BEGINS,
	EVENT_INSERT_ENDS,
	EVENT_SOMEBODY_RESUMES,
	EVENT_COUNT,
};

struct event {
	enum event_kind kind;
	unsigned flight, arg;
};

struct flight {
	const struct request *request;
	struct outcome outcome;
	bool arrived;
};

/* Numbers of events among those that were possible. */
struct path {
	uint16_t *choices;
	size_t count;
};

enum command { COMMAND_NONE, COMMAND_STOP, COMMAND_RESUME };

struct player {
	struct explore *explore;
	struct fake_world world;
	struct seen *seen;
	struct path path;
	uint16_t taken[STEPS_MAX];
	size_t taken_count;
	struct flight flights[FLIGHTS_MAX];
	size_t flight_count, answered;
	const struct exec *exec; /* once its steps have begun */
	unsigned runs, faults, deaths, sleeps;
	bool aborting;        /* the run is an abort */
	bool dead;            /* the client */
	bool cut;             /* nothing new from here on */
	bool late;            /* a dead client's request comes in the next run */
	bool resume_failed;   /* the command: ingest may stay paused at the end */
	bool somebody;        /* has resumed ingest */
	bool aborted;         /* the migration was, once */
	bool overslept;       /* another run has ended in this one's sleep */
	enum command command; /* runs */
	bool polled;          /* it is the command that is asked for, not the wire */
	bool at_end;          /* … or what comes after a run */
	bool trace;
	volatile int interrupted;
	LIST_OF(struct str) sent; /* query ids of what must not be sent twice */
	/* Out: the events that were possible, for the decisions after the path. */
	LIST_OF(uint16_t) widths;
	struct arena arena;
};

/* --- explore.c --- */
/* The number of the event that shall happen; after the path the first, unless all this was seen. */
size_t player_decide(struct player *player, size_t width);
void player_fail(struct player *player, const char *format, ...)
        __attribute__((format(printf, 2, 3)));

/* --- explore_play.c --- */
uint64_t player_state(const struct player *player);
/* One run with decisions: an apply, or an abort. */
void player_run(struct player *player, bool aborts, struct exec_result *result);
/* Looks at a request that a living client sends: nothing that REPEAT_NEVER forbids. */
void player_look(struct player *player, const struct request *request);
/* Refused at the door: it has not begun, and may be sent again. */
void player_refused(struct player *player, const struct request *request);

/* --- explore_events.c --- */
size_t player_events(const struct player *player, struct event *events);
size_t player_command_events(const struct player *player, struct event *events);
/* False: it is the answer to flight `event.flight`, or a pause's end, which are the wire's. */
bool player_happen(struct player *player, struct event event);
void player_arrive(struct player *player, struct flight *flight);
void player_command(struct player *player, enum command command);

/* --- explore_end.c --- */
/* What follows an end, until all is done; then whether it is right. */
void player_end(struct player *player, struct exec_result *result);
/* Another one takes over from who sleeps, and ends. */
void player_overtake(struct player *player, bool aborts);

#endif
