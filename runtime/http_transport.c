/*
 * The transport over libcurl's multi interface.
 *
 * A statement must never be sent twice behind the executor's back. libcurl does that: when
 * a kept-alive connection dies before the first byte of an answer, it sends the request again on a
 * new connection, POST or not (Curl_retry_request in lib/transfer.c), so an INSERT
 * that was running when the server was killed would run a second time. What stops it: the body
 * comes from a read callback, and the seek callback refuses to go back. libcurl then gives up with
 * CURLE_SEND_FAIL_REWIND when any of the body was sent. When none was, sending again is harmless:
 * without its body the statement is not known to the server.
 *
 * From the same callback comes the difference between UNREACHABLE (no byte of the statement was
 * handed out: it can't have run) and LOST (it may have).
 *
 * libcurl is loaded when it is first needed: linking it costs 4 ms at start-up (measured), which
 * `bfc compile` shall not pay.
 */
#define CURL_DISABLE_TYPECHECK
#include <curl/curl.h>
#include <dlfcn.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/random.h>
#include <time.h>

#include "compiler/base/buf.h"
#include "runtime/form.h"
#include "runtime/reply.h"
#include "runtime/target.h"
#include "runtime/transport.h"

/* curl.h's argument-counting macros would get in the way of the members' names. */
#undef curl_easy_setopt

#define CURL_FUNCTIONS(X)                                                                          \
	X(global_init)                                                                             \
	X(easy_init)                                                                               \
	X(easy_cleanup)                                                                            \
	X(easy_setopt)                                                                             \
	X(easy_strerror)                                                                           \
	X(slist_append)                                                                            \
	X(slist_free_all)                                                                          \
	X(multi_init)                                                                              \
	X(multi_cleanup)                                                                           \
	X(multi_add_handle)                                                                        \
	X(multi_remove_handle)                                                                     \
	X(multi_perform)                                                                           \
	X(multi_poll)                                                                              \
	X(multi_info_read)                                                                         \
	X(multi_timeout)

enum {
	CONNECT_MS_MAX = 10000,
	/* The server closes idle connections after 30 s (measured): be first, with room to spare.
	 */
	IDLE_SECONDS_MAX = 20,
	/* A server that vanished without a word is noticed after 60 s and Linux's 9 probes. */
	KEEPALIVE_IDLE_SECONDS = 60,
	KEEPALIVE_INTERVAL_SECONDS = 10,
	HEADER_BYTES_MAX = 16384,
};

struct curl_api {
#define X(name) __typeof__(curl_##name) *name;
	CURL_FUNCTIONS(X)
#undef X
};

struct http_transport {
	struct curl_api curl;
	CURLM *multi;
	struct flight *flights; /* under way */
	struct outcome *ready;  /* made without the network; at most one per failed send */
	size_t ready_count;
	char *url;
	char *name;
	char *user_header;
	char *password_header; /* or NULL */
	struct binding password;
	bool loopback;
};

/* One request on its way. */
struct flight {
	struct flight *next;
	const struct request *request;
	CURL *easy;
	struct curl_slist *headers;
	struct form form;
	size_t sent; /* bytes of the body handed to libcurl */
	uint64_t began_ms;
	struct http_answer answer;
	struct buf body;
	bool framed;           /* the answer says how long it is */
	char query_id[256];    /* that went with it … */
	char answered_id[256]; /* … and that came back; empty: none did */
	char exception_code[16];
	char server[128];
	char summary[1024];
	char error[CURL_ERROR_SIZE];
};

static uint64_t http_now_ms(void *state)
{
	struct timespec now;

	(void)state;
	/* A machine that slept has been away: the lock may be another's by now. */
	clock_gettime(CLOCK_BOOTTIME, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static uint32_t http_random(void *state)
{
	uint32_t value;

	/* So few bytes are never short; before the pool is ready it waits, which is at boot. */
	if (getrandom(&value, sizeof(value), 0) != sizeof(value))
		value = (uint32_t)http_now_ms(state) * 2654435761u;
	return value;
}

static size_t on_read(char *out, size_t size, size_t count, void *state)
{
	struct flight *flight = state;
	size_t n = flight->form.body.size - flight->sent;

	if (n > size * count)
		n = size * count;
	if (n)
		memcpy(out, flight->form.body.data + flight->sent, n);
	flight->sent += n;
	return n;
}

/* See the head of this file. */
static int on_seek(void *state, curl_off_t offset, int origin)
{
	const struct flight *flight = state;

	return flight->sent == 0 && offset == 0 && origin == SEEK_SET ? CURL_SEEKFUNC_OK
	                                                              : CURL_SEEKFUNC_FAIL;
}

static size_t on_body(char *data, size_t size, size_t count, void *state)
{
	struct flight *flight = state;

	(void)size;
	if (buf_add(&flight->body, (struct str){data, count}))
		return count;
	flight->answer.overflow = true;
	return 0;
}

static bool take_header(struct str line, const char *name, char *out, size_t capacity)
{
	size_t n = strlen(name);
	struct str value;

	if (line.n <= n || line.p[n] != ':' || strncasecmp(line.p, name, n) != 0)
		return false;
	value = str_trim((struct str){line.p + n + 1, line.n - n - 1});
	if (value.n >= capacity)
		value.n = capacity - 1;
	memcpy(out, value.p, value.n);
	out[value.n] = '\0';
	return true;
}

/* "HTTP/1.1 200 OK": begins an answer anew, after a "100 Continue" for instance. */
static void take_status(struct flight *flight, struct str line)
{
	struct str rest = line;

	while (rest.n && *rest.p != ' ') {
		rest.p++;
		rest.n--;
	}
	rest = str_trim(rest);
	flight->answer = (struct http_answer){0};
	for (size_t i = 0; i < 3 && i < rest.n && rest.p[i] >= '0' && rest.p[i] <= '9'; i++)
		flight->answer.status = flight->answer.status * 10 + (rest.p[i] - '0');
	flight->framed = false;
	flight->exception_code[0] = flight->server[0] = flight->summary[0] = '\0';
	flight->answered_id[0] = '\0';
}

static size_t on_header(char *data, size_t size, size_t count, void *state)
{
	struct flight *flight = state;
	struct str line = {data, count};
	char ignored[64];

	(void)size;
	if (str_starts(line, STR("HTTP/")))
		take_status(flight, line);
	if (line.n > 13 && strncasecmp(line.p, "X-ClickHouse-", 13) == 0)
		flight->answer.from_clickhouse = true;
	if (take_header(line, "Content-Length", ignored, sizeof(ignored)) ||
	    take_header(line, "Transfer-Encoding", ignored, sizeof(ignored)))
		flight->framed = true;
	take_header(line, "X-ClickHouse-Exception-Code", flight->exception_code,
	            sizeof(flight->exception_code));
	take_header(line, "X-ClickHouse-Summary", flight->summary, sizeof(flight->summary));
	take_header(line, "X-ClickHouse-Query-Id", flight->answered_id,
	            sizeof(flight->answered_id));
	take_header(line, "Server", flight->server, sizeof(flight->server));
	return count;
}

static void flight_free(struct http_transport *http, struct flight *flight)
{
	if (flight->easy)
		http->curl.easy_cleanup(flight->easy);
	http->curl.slist_free_all(flight->headers);
	form_release(&flight->form);
	buf_release(&flight->body);
	free(flight);
}

static void add_header(struct http_transport *http, struct flight *flight, const char *line)
{
	struct curl_slist *list = http->curl.slist_append(flight->headers, line);

	if (!list)
		out_of_memory();
	flight->headers = list;
}

static void set_headers(struct http_transport *http, struct flight *flight)
{
	struct buf line;

	buf_init(&line, HEADER_BYTES_MAX);
	buf_addf(&line, "Content-Type: %s", flight->form.content_type);
	add_header(http, flight, line.data);
	buf_release(&line);
	add_header(http, flight, http->user_header);
	if (http->password_header)
		add_header(http, flight, http->password_header);
	/* No second round trip before a body of over 1 MiB. */
	add_header(http, flight, "Expect:");
	http->curl.easy_setopt(flight->easy, CURLOPT_HTTPHEADER, flight->headers);
}

static void set_callbacks(struct http_transport *http, struct flight *flight)
{
	__typeof__(curl_easy_setopt) *set = http->curl.easy_setopt;
	CURL *easy = flight->easy;

	set(easy, CURLOPT_READFUNCTION, on_read);
	set(easy, CURLOPT_READDATA, flight);
	set(easy, CURLOPT_SEEKFUNCTION, on_seek);
	set(easy, CURLOPT_SEEKDATA, flight);
	set(easy, CURLOPT_WRITEFUNCTION, on_body);
	set(easy, CURLOPT_WRITEDATA, flight);
	set(easy, CURLOPT_HEADERFUNCTION, on_header);
	set(easy, CURLOPT_HEADERDATA, flight);
	set(easy, CURLOPT_ERRORBUFFER, flight->error);
	set(easy, CURLOPT_PRIVATE, flight);
}

static void set_options(struct http_transport *http, struct flight *flight)
{
	__typeof__(curl_easy_setopt) *set = http->curl.easy_setopt;
	CURL *easy = flight->easy;

	set(easy, CURLOPT_URL, flight->form.url.data);
	set(easy, CURLOPT_PROTOCOLS_STR, "http,https");
	set(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	set(easy, CURLOPT_USERAGENT, "bfc/" BFC_VERSION);
	set(easy, CURLOPT_POST, 1L);
	set(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)flight->form.body.size);
	set(easy, CURLOPT_NOSIGNAL, 1L);
	set(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_MS_MAX);
	set(easy, CURLOPT_TIMEOUT_MS, (long)flight->request->timeout_ms);
	set(easy, CURLOPT_MAXAGE_CONN, (long)IDLE_SECONDS_MAX);
	set(easy, CURLOPT_TCP_NODELAY, 1L);
	set(easy, CURLOPT_TCP_KEEPALIVE, 1L);
	set(easy, CURLOPT_TCP_KEEPIDLE, (long)KEEPALIVE_IDLE_SECONDS);
	set(easy, CURLOPT_TCP_KEEPINTVL, (long)KEEPALIVE_INTERVAL_SECONDS);
	set(easy, CURLOPT_UPLOAD_BUFFERSIZE, 65536L);
	/* A proxy out of the environment is never on the way to this machine. */
	if (http->loopback)
		set(easy, CURLOPT_PROXY, "");
	set_callbacks(http, flight);
	set_headers(http, flight);
}

static void add_ready(struct http_transport *http, const struct request *request, const char *why)
{
	struct outcome outcome = {.owner = request->owner};

	outcome_say(&outcome, OUTCOME_UNREACHABLE, "%s", why);
	http->ready = xrealloc(http->ready, (http->ready_count + 1) * sizeof(*http->ready));
	http->ready[http->ready_count++] = outcome;
}

/* Every request has an id, because the server says it again: an answer of another one is no answer. */
static struct request with_id(struct http_transport *http, struct flight *flight)
{
	struct request request = *flight->request;

	if (request.query_id.n)
		snprintf(flight->query_id, sizeof(flight->query_id), "%.*s",
		         STR_ARG(request.query_id));
	else
		snprintf(flight->query_id, sizeof(flight->query_id), "bfc_%08x%08x",
		         http_random(http), http_random(http));
	if (!request.query_id.n)
		request.query_id = str_of(flight->query_id);
	return request;
}

static void http_send(void *state, const struct request *request)
{
	struct http_transport *http = state;
	struct flight *flight = xmalloc(sizeof(*flight));
	struct request sent;

	*flight = (struct flight){.request = request, .began_ms = http_now_ms(http)};
	sent = with_id(http, flight);
	buf_init(&flight->body, REPLY_BYTES_MAX);
	flight->easy = http->curl.easy_init();
	if (!flight->easy)
		out_of_memory();
	if (!form_init(&flight->form, http->url, &sent, http_random(http))) {
		add_ready(http, request, "the request is longer than 256 MiB");
		flight_free(http, flight);
		return;
	}
	set_options(http, flight);
	if (http->curl.multi_add_handle(http->multi, flight->easy) != CURLM_OK)
		out_of_memory();
	flight->next = http->flights;
	http->flights = flight;
}

/* What libcurl's result means when there is no whole answer. */
static void say_failure(struct http_transport *http, struct flight *flight, CURLcode result,
                        struct outcome *outcome)
{
	const char *why = flight->error[0] ? flight->error : http->curl.easy_strerror(result);

	if (result == CURLE_SEND_FAIL_REWIND)
		why = "the server closed the connection without an answer";
	if (flight->sent == 0)
		outcome_say(outcome, OUTCOME_UNREACHABLE, "can't reach %s: %s", http->name, why);
	else if (result == CURLE_OPERATION_TIMEDOUT)
		outcome_say(outcome, OUTCOME_LOST, "no answer from %s within %u ms", http->name,
		            flight->request->timeout_ms);
	else
		outcome_say(outcome, OUTCOME_LOST, "lost the connection to %s: %s", http->name,
		            why);
}

static void decide(struct http_transport *http, struct flight *flight, CURLcode result,
                   struct outcome *outcome)
{
	struct http_answer *answer = &flight->answer;

	answer->exception_code = str_of(flight->exception_code);
	answer->summary = str_of(flight->summary);
	answer->server = str_of(flight->server);
	answer->body = buf_str(&flight->body);
	/* ClickHouse's port for its own protocol answers HTTP with a 400 without a length:
	 * nonsense, not a loss. */
	answer->complete = result == CURLE_OK && (flight->framed || answer->status != 200);
	if (result == CURLE_UNSUPPORTED_PROTOCOL || result == CURLE_WEIRD_SERVER_REPLY ||
	    result == CURLE_HTTP2) {
		outcome_say(outcome, OUTCOME_NONSENSE, "%s does not speak HTTP: %s", http->name,
		            flight->error[0] ? flight->error : http->curl.easy_strerror(result));
		return;
	}
	if (flight->answered_id[0] && strcmp(flight->answered_id, flight->query_id) != 0) {
		outcome_say(outcome, OUTCOME_LOST,
		            "%s sent the answer to another request (query id %s, not %s)",
		            http->name, flight->answered_id, flight->query_id);
		return;
	}
	/* Without a status line there is nothing to decide about. */
	if (result != CURLE_OK && !answer->overflow && (!answer->status || !answer->body.n))
		say_failure(http, flight, result, outcome);
	else
		reply_decide(answer, outcome);
}

static void finish(struct http_transport *http, struct flight *flight, CURLcode result,
                   struct outcome *outcome)
{
	const struct request *request = flight->request;

	*outcome = (struct outcome){.owner = request->owner,
	                            .elapsed_ms = http_now_ms(http) - flight->began_ms};
	decide(http, flight, result, outcome);
	reply_mask(outcome, request->params, request->param_count);
	reply_mask(outcome, &http->password, 1);
	for (struct flight **f = &http->flights; *f; f = &(*f)->next) {
		if (*f == flight) {
			*f = flight->next;
			break;
		}
	}
	http->curl.multi_remove_handle(http->multi, flight->easy);
	flight_free(http, flight);
}

/* Takes one finished request off libcurl's list. */
static bool take_finished(struct http_transport *http, struct outcome *outcome)
{
	int left;
	CURLMsg *message;

	while ((message = http->curl.multi_info_read(http->multi, &left))) {
		for (struct flight *f = http->flights; f; f = f->next) {
			if (f->easy == message->easy_handle) {
				finish(http, f, message->data.result, outcome);
				return true;
			}
		}
	}
	return false;
}

static bool take_ready(struct http_transport *http, struct outcome *outcome)
{
	if (!http->ready_count)
		return false;
	*outcome = http->ready[0];
	http->ready_count--;
	memmove(http->ready, http->ready + 1, http->ready_count * sizeof(*http->ready));
	return true;
}

static bool http_next(void *state, unsigned wait_ms, struct outcome *outcome)
{
	struct http_transport *http = state;
	uint64_t until_ms = http_now_ms(http) + wait_ms;

	for (;;) {
		uint64_t now_ms = http_now_ms(http);
		long timer_ms = -1;
		int running, events = 0;
		unsigned pause_ms;

		http->curl.multi_perform(http->multi, &running);
		if (take_ready(http, outcome) || take_finished(http, outcome))
			return true;
		if (now_ms >= until_ms)
			return false;
		pause_ms = (unsigned)(until_ms - now_ms);
		http->curl.multi_timeout(http->multi, &timer_ms);
		if (timer_ms >= 0 && (unsigned long)timer_ms < pause_ms)
			pause_ms = (unsigned)timer_ms;
		http->curl.multi_poll(http->multi, NULL, 0, (int)pause_ms, &events);
		/* Nothing happened and the time isn't over: a signal came. */
		if (!events && http_now_ms(http) + 1 < now_ms + pause_ms)
			return take_finished(http, outcome);
	}
}

static struct str http_name(void *state)
{
	const struct http_transport *http = state;

	return str_of(http->name);
}

static void free_secret(char *text)
{
	if (text)
		explicit_bzero(text, strlen(text));
	free(text);
}

static void http_release(void *state)
{
	struct http_transport *http = state;

	while (http->flights) {
		struct flight *flight = http->flights;

		http->flights = flight->next;
		http->curl.multi_remove_handle(http->multi, flight->easy);
		flight_free(http, flight);
	}
	while (http->ready_count)
		outcome_release(&http->ready[--http->ready_count]);
	if (http->multi)
		http->curl.multi_cleanup(http->multi);
	free(http->ready);
	free(http->url);
	free(http->name);
	free(http->user_header);
	free_secret(http->password_header);
	free_secret((char *)http->password.value.p);
	free(http);
}

static bool load_curl(struct curl_api *curl, char **why)
{
	void *library = dlopen("libcurl.so.4", RTLD_NOW | RTLD_LOCAL);
	struct buf text;

	buf_init(&text, BUF_CEILING_OUTPUT);
	if (!library) {
		buf_addf(&text, "can't load libcurl.so.4 (Debian package libcurl4): %s", dlerror());
		*why = text.data;
		return false;
	}
#define X(name)                                                                                    \
	*(void **)&curl->name = dlsym(library, "curl_" #name);                                     \
	if (!curl->name) {                                                                         \
		buf_addz(&text, "libcurl.so.4 is too old: it has no curl_" #name);                 \
		*why = text.data;                                                                  \
		return false;                                                                      \
	}
	CURL_FUNCTIONS(X)
#undef X
	return true;
}

static char *join(const char *a, const char *b, size_t b_size)
{
	struct buf text;

	buf_init(&text, BUF_CEILING_OUTPUT);
	buf_addz(&text, a);
	buf_add(&text, (struct str){b, b_size});
	return text.data;
}

/* scheme://host:port of a URL that target.c has checked. */
static size_t name_size(const char *url)
{
	const char *host = strstr(url, "://");

	host = host ? host + 3 : url;
	return (size_t)(host - url) + strcspn(host, "/");
}

static bool is_loopback(const char *url)
{
	static const char *const hosts[] = {"127.", "localhost:", "localhost/", "[::1]"};
	const char *host = strstr(url, "://");

	for (size_t i = 0; host && i < sizeof(hosts) / sizeof(*hosts); i++) {
		if (strncasecmp(host + 3, hosts[i], strlen(hosts[i])) == 0)
			return true;
	}
	return false;
}

bool http_transport_init(struct transport *transport, const struct target *target, char **why)
{
	struct http_transport *http = xmalloc(sizeof(*http));

	*http = (struct http_transport){0};
	if (!load_curl(&http->curl, why)) {
		free(http);
		return false;
	}
	if (http->curl.global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		out_of_memory();
	http->multi = http->curl.multi_init();
	if (!http->multi)
		out_of_memory();
	http->url = xstrdup(target->url);
	http->name = join("", target->url, name_size(target->url));
	http->loopback = is_loopback(target->url);
	http->user_header = join("X-ClickHouse-User: ", target->user, strlen(target->user));
	if (target->password && *target->password) {
		http->password_header =
		        join("X-ClickHouse-Key: ", target->password, strlen(target->password));
		http->password = (struct binding){.name = STR("password"),
		                                  .value = str_of(xstrdup(target->password)),
		                                  .secret = true};
	}
	*transport = (struct transport){.state = http,
	                                .send = http_send,
	                                .next = http_next,
	                                .now_ms = http_now_ms,
	                                .random = http_random,
	                                .name = http_name,
	                                .release = http_release};
	return true;
}
