#include "fake_world.h"

void fake_world_init_plan(struct fake_world *world, enum fake_plan plan, unsigned chunks,
                          unsigned workers)
{
	*world = (struct fake_world){0};
	fake_server_init(&world->server, chunks);
	arena_init(&world->arena);
	world->graph = fake_plan_new(&world->arena, plan, "m", chunks, workers);
}

void fake_world_init(struct fake_world *world, unsigned chunks, unsigned workers)
{
	fake_world_init_plan(world, FAKE_DUPLICATE, chunks, workers);
}

void fake_world_release(struct fake_world *world)
{
	arena_release(&world->arena);
	fake_server_release(&world->server);
}

static size_t act(struct fake_world *world, bool aborts, enum exec_doubt word,
                  struct fake_fault fault, struct exec_result *result)
{
	struct exec_options options = {.patience_ms = 30000,
	                               .outside = world->outside,
	                               .in_doubt = word,
	                               .commands_approved = true};
	struct transport transport;
	struct fake_wire wire;
	size_t requests;

	fake_wire_init(&wire, &world->server, fault);
	wire.look = world->look;
	wire.look_state = world->look_state;
	wire.delayed = world->late;
	wire.delayed_until = world->late_at;
	world->late_at = 0;
	transport = fake_wire_transport(&wire);
	options.interrupted = &wire.interrupted;
	if (aborts)
		exec_abort(STR("m"), &transport, &options, result);
	else
		exec_run(world->graph, &transport, &options, result);
	requests = wire.requests;
	fake_wire_release(&wire);
	return requests;
}

size_t fake_world_apply(struct fake_world *world, struct fake_fault fault,
                        struct exec_result *result)
{
	return act(world, false, DOUBT_UNSAID, fault, result);
}

void fake_world_abort(struct fake_world *world, enum exec_doubt word, struct exec_result *result)
{
	act(world, true, word, (struct fake_fault){.kind = FAULT_NONE}, result);
}
