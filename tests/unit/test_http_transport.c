/*
 * The transport against a server that answers wrongly: a thread with a raw socket, one script a
 * connection.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "runtime/target.h"
#include "runtime/transport.h"

#define CH "X-ClickHouse-Summary: {\"read_rows\":\"3\"}\r\n"
#define ROW "{\"meta\":[{\"name\":\"a\",\"type\":\"String\"}],\"data\":[[\"1\"]],\"rows\":1}"
#define OK_EMPTY "HTTP/1.1 200 OK\r\n" CH "Content-Length: 0\r\n\r\n"

/* What the server does with one connection: reads a request for each answer; NULL closes. */
struct script {
	const char *answers[4];
	bool closes;        /* after the first answer, without reading */
	unsigned pause_ms;  /* before each answer */
	size_t flood_bytes; /* of body after the first answer */
};

struct connection {
	struct server *server;
	const struct script *script;
	int fd;
	pthread_t thread;
};

struct server {
	int fd;
	unsigned port;
	pthread_t thread;
	pthread_mutex_t lock; /* over what the connections' threads write */
	struct connection connections[4];
	struct script scripts[4];
	size_t script_count;
	size_t requests; /* read in whole, over all connections */
	char last[4096];
};

/* Reads one request, its body as Content-Length says. False at the end of the connection. */
static bool read_request(struct server *server, int fd)
{
	char text[sizeof(server->last)];
	size_t n = 0;

	for (;;) {
		char *end, *length;
		ssize_t got = read(fd, text + n, sizeof(text) - 1 - n);

		if (got <= 0)
			return false;
		n += (size_t)got;
		text[n] = '\0';
		end = strstr(text, "\r\n\r\n");
		length = strstr(text, "Content-Length: ");
		if (end && length && n >= (size_t)(end + 4 - text) + strtoul(length + 16, NULL, 10))
			break;
	}
	pthread_mutex_lock(&server->lock);
	server->requests++;
	memcpy(server->last, text, n + 1);
	pthread_mutex_unlock(&server->lock);
	return true;
}

static void send_all(int fd, const char *data, size_t n)
{
	while (n) {
		ssize_t sent = send(fd, data, n, MSG_NOSIGNAL);

		if (sent <= 0)
			return;
		data += sent;
		n -= (size_t)sent;
	}
}

static void flood(int fd, size_t bytes)
{
	static char block[65536];

	memset(block, 'x', sizeof(block));
	for (size_t sent = 0; sent < bytes; sent += sizeof(block))
		send_all(fd, block, sizeof(block));
}

static void *play(void *state)
{
	struct connection *connection = state;
	const struct script *script = connection->script;
	int fd = connection->fd;

	for (size_t i = 0; i < 4; i++) {
		if (!read_request(connection->server, fd) || !script->answers[i])
			break;
		if (script->pause_ms)
			usleep(script->pause_ms * 1000);
		send_all(fd, script->answers[i], strlen(script->answers[i]));
		flood(fd, script->flood_bytes);
		if (script->closes)
			break;
	}
	close(fd);
	return NULL;
}

static void *serve(void *state)
{
	struct server *server = state;
	size_t count = 0;

	while (count < server->script_count) {
		struct connection *connection = &server->connections[count];
		int fd = accept(server->fd, NULL, NULL);

		if (fd < 0)
			break;
		*connection = (struct connection){
		        .server = server, .script = &server->scripts[count++], .fd = fd};
		pthread_create(&connection->thread, NULL, play, connection);
	}
	/* Whoever comes now gets no connection. */
	close(server->fd);
	while (count)
		pthread_join(server->connections[--count].thread, NULL);
	return NULL;
}

static void server_start(struct server *server)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
	                              .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof(address);

	server->fd = socket(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(bind(server->fd, (struct sockaddr *)&address, size), 0);
	assert_int_equal(listen(server->fd, 8), 0);
	getsockname(server->fd, (struct sockaddr *)&address, &size);
	server->port = ntohs(address.sin_port);
	server->requests = 0;
	pthread_mutex_init(&server->lock, NULL);
	pthread_create(&server->thread, NULL, serve, server);
}

struct client {
	struct transport transport;
	struct target target;
};

static void client_start(struct client *client, unsigned port)
{
	char url[64];
	char *why;

	snprintf(url, sizeof(url), "http://127.0.0.1:%u/", port);
	client->target = (struct target){.url = url, .user = "bfc", .password = "hunter22"};
	assert_true(http_transport_init(&client->transport, &client->target, &why));
}

static void call(struct client *client, const struct request *request, struct outcome *outcome)
{
	transport_call(&client->transport, request, outcome);
}

static const struct request question = {.sql = STR("SELECT 1"), .timeout_ms = 20000};

/* One question to a server with one script. */
static void expect(struct script script, enum outcome_kind kind, const char *text)
{
	struct server server = {.scripts = {script}, .script_count = 1};
	struct client client;
	struct outcome outcome;

	server.scripts[0].closes = true;
	server_start(&server);
	client_start(&client, server.port);
	call(&client, &question, &outcome);
	if (outcome.kind != kind || (text && str_find(outcome.text, str_of(text)) < 0))
		fail_msg("kind %d, text '%.*s', wanted %d '%s'", (int)outcome.kind,
		         STR_ARG(outcome.text), (int)kind, text ? text : "");
	outcome_release(&outcome);
	client.transport.release(client.transport.state);
	pthread_join(server.thread, NULL);
}

static void test_good(void **state)
{
	(void)state;
	expect((struct script){.answers = {OK_EMPTY}}, OUTCOME_OK, NULL);
	expect((struct script){.answers = {"HTTP/1.1 200 OK\r\n" CH
	                                   "Transfer-Encoding: chunked\r\n\r\n3f\r\n" ROW
	                                   "\r\n0\r\n\r\n"}},
	       OUTCOME_OK, NULL);
	expect((struct script){.answers = {"HTTP/1.1 100 Continue\r\n\r\n" OK_EMPTY}}, OUTCOME_OK,
	       NULL);
	expect((struct script){.answers = {OK_EMPTY}, .pause_ms = 300}, OUTCOME_OK, NULL);
}

static void test_cut(void **state)
{
	(void)state;
	/* Less than it says. */
	expect((struct script){.answers = {"HTTP/1.1 200 OK\r\n" CH
	                                   "Content-Length: 500\r\n\r\n" ROW}},
	       OUTCOME_LOST, NULL);
	/* All rows, but no last chunk. */
	expect((struct script){.answers = {"HTTP/1.1 200 OK\r\n" CH
	                                   "Transfer-Encoding: chunked\r\n\r\n3f\r\n" ROW "\r\n"}},
	       OUTCOME_LOST, NULL);
	/* No length at all: a connection cut short looks the same. */
	expect((struct script){.answers = {"HTTP/1.1 200 OK\r\n" CH "\r\n" ROW}}, OUTCOME_LOST,
	       NULL);
	expect((struct script){.answers = {"HTTP/1.1 200 OK\r\n" CH}}, OUTCOME_LOST, NULL);
	expect((struct script){.answers = {NULL}}, OUTCOME_LOST, NULL);
}

static void test_exceptions(void **state)
{
	(void)state;
	expect((struct script){.answers = {"HTTP/1.1 200 OK\r\n" CH
	                                   "X-ClickHouse-Exception-Code: 395\r\n"
	                                   "Content-Length: 0\r\n\r\n"}},
	       OUTCOME_EXCEPTION, "395");
	expect((struct script){.answers = {"HTTP/1.1 200 OK\r\n" CH
	                                   "Transfer-Encoding: chunked\r\n\r\n"
	                                   "52\r\n[\"0\"]\n__exception__\r\ntag\r\nCode: 241. "
	                                   "DB::Exception: memory\n"
	                                   "30 tag\r\n__exception__\r\n"}},
	       OUTCOME_EXCEPTION, "memory");
	expect(
	        (struct script){
	                .answers = {"HTTP/1.1 403 Forbidden\r\nX-ClickHouse-Exception-Code: 516\r\n"
	                            "Content-Length: 30\r\n\r\nCode: 516. with hunter22 in it"}},
	        OUTCOME_DENIED, "with *** in it");
}

static void test_not_clickhouse(void **state)
{
	(void)state;
	expect((struct script){.answers = {"HTTP/1.1 404 Not Found\r\nServer: "
	                                   "nginx\r\nContent-Length: 5\r\n\r\nhello"}},
	       OUTCOME_NONSENSE, "status 404, server 'nginx', body begins 'hello'");
	expect((struct script){.answers = {"HTTP/1.1 200 OK\r\nServer: nginx\r\nContent-Length: "
	                                   "5\r\n\r\nhello"}},
	       OUTCOME_NONSENSE, "not ClickHouse");
	expect((struct script){.answers = {"HTTP/1.0 400 Bad Request\r\n\r\nPort 9000 is for "
	                                   "clickhouse-client program"}},
	       OUTCOME_NONSENSE, "Port 9000");
	expect((struct script){.answers = {"SSH-2.0-OpenSSH_9.2\r\n\x01\x02garbage"}},
	       OUTCOME_NONSENSE, "does not speak HTTP");
	expect(
	        (struct script){
	                .answers = {"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n"}},
	        OUTCOME_LOST, "gateway");
}

static void test_huge(void **state)
{
	(void)state;
	expect((struct script){.answers = {"HTTP/1.1 200 OK\r\n" CH
	                                   "Content-Length: 99999999\r\n\r\n"},
	                       .flood_bytes = (size_t)70 << 20},
	       OUTCOME_NONSENSE, "64 MiB");
}

static void test_unreachable(void **state)
{
	struct client client;
	struct outcome outcome;

	(void)state;
	client_start(&client, 1);
	call(&client, &question, &outcome);
	assert_int_equal(outcome.kind, OUTCOME_UNREACHABLE);
	assert_true(str_find(outcome.text, STR("http://127.0.0.1:1")) >= 0);
	outcome_release(&outcome);
	client.transport.release(client.transport.state);
}

static void test_timeout(void **state)
{
	struct server server = {.scripts = {{.answers = {OK_EMPTY}, .pause_ms = 600}},
	                        .script_count = 1};
	struct request request = question;
	struct client client;
	struct outcome outcome;

	(void)state;
	request.timeout_ms = 150;
	server_start(&server);
	client_start(&client, server.port);
	call(&client, &request, &outcome);
	assert_int_equal(outcome.kind, OUTCOME_LOST);
	assert_true(str_find(outcome.text, STR("150 ms")) >= 0);
	outcome_release(&outcome);
	client.transport.release(client.transport.state);
	pthread_join(server.thread, NULL);
}

/*
 * libcurl sends a request again when a kept-alive connection dies without an answer. The second
 * connection of this server would answer that with success, and the statement would have run twice.
 */
static void test_never_sent_twice(void **state)
{
	struct server server = {.scripts = {{.answers = {OK_EMPTY}},
	                                    {.answers = {OK_EMPTY}},
	                                    {.answers = {OK_EMPTY}}},
	                        .script_count = 3};
	struct client client;
	struct outcome outcome;

	(void)state;
	server_start(&server);
	client_start(&client, server.port);
	call(&client, &question, &outcome);
	assert_int_equal(outcome.kind, OUTCOME_OK);
	outcome_release(&outcome);
	call(&client, &question, &outcome);
	assert_int_equal(outcome.kind, OUTCOME_LOST);
	assert_int_equal(server.requests, 2);
	outcome_release(&outcome);
	/* The next one gets a connection of its own (libcurl has opened and left the second). */
	call(&client, &question, &outcome);
	assert_int_equal(outcome.kind, OUTCOME_OK);
	assert_int_equal(server.requests, 3);
	outcome_release(&outcome);
	client.transport.release(client.transport.state);
	pthread_join(server.thread, NULL);
}

/* A connection that the server closed while it was idle is not used for the next request. */
static void test_closed_while_idle(void **state)
{
	struct server server = {
	        .scripts = {{.answers = {OK_EMPTY}, .closes = true}, {.answers = {OK_EMPTY}}},
	        .script_count = 2};
	struct client client;
	struct outcome outcome;

	(void)state;
	server_start(&server);
	client_start(&client, server.port);
	for (int i = 0; i < 2; i++) {
		call(&client, &question, &outcome);
		assert_int_equal(outcome.kind, OUTCOME_OK);
		outcome_release(&outcome);
		usleep(50000);
	}
	assert_int_equal(server.requests, 2);
	client.transport.release(client.transport.state);
	pthread_join(server.thread, NULL);
}

/* A connection is kept: the server gets both requests on it. */
static void test_reuse(void **state)
{
	struct server server = {.scripts = {{.answers = {OK_EMPTY, OK_EMPTY}}}, .script_count = 1};
	struct client client;
	struct outcome outcome;

	(void)state;
	server_start(&server);
	client_start(&client, server.port);
	for (int i = 0; i < 2; i++) {
		call(&client, &question, &outcome);
		assert_int_equal(outcome.kind, OUTCOME_OK);
		outcome_release(&outcome);
	}
	client.transport.release(client.transport.state);
	pthread_join(server.thread, NULL);
}

static void test_request(void **state)
{
	struct server server = {.scripts = {{.answers = {OK_EMPTY}}}, .script_count = 1};
	struct binding param = {STR("key"), STR("s3cret"), true};
	struct request request = question;
	struct client client;
	struct outcome outcome;
	char line[8192]; /* many settings are pinned */

	(void)state;
	request.params = &param;
	request.param_count = 1;
	request.query_id = STR("bfc-x");
	server_start(&server);
	client_start(&client, server.port);
	call(&client, &request, &outcome);
	assert_int_equal(outcome.kind, OUTCOME_OK);
	assert_int_equal(outcome.reply.read_rows, 3);
	outcome_release(&outcome);
	client.transport.release(client.transport.state);
	pthread_join(server.thread, NULL);
	snprintf(line, sizeof(line), "%.*s", (int)strcspn(server.last, "\r\n"), server.last);
	assert_non_null(strstr(line, "POST /?wait_end_of_query=1"));
	assert_non_null(strstr(line, "query_id=bfc-x"));
	assert_null(strstr(line, "s3cret"));
	assert_null(strstr(line, "hunter22"));
	assert_null(strstr(line, "SELECT"));
	assert_non_null(strstr(server.last, "X-ClickHouse-User: bfc\r\n"));
	assert_non_null(strstr(server.last, "X-ClickHouse-Key: hunter22\r\n"));
	assert_null(strstr(server.last, "Expect:"));
}

/* A proxy that mixes up its connections: what it sends is no answer, however good it looks. */
static void test_answer_of_another_request(void **state)
{
	static const struct {
		const char *id;
		enum outcome_kind kind;
	} cases[] = {{"bfc-x", OUTCOME_OK}, {"bfc-y", OUTCOME_LOST}};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		char answer[300];
		struct server server = {.scripts = {{.answers = {answer}}}, .script_count = 1};
		struct client client;
		struct outcome outcome;
		struct request request = question;

		snprintf(answer, sizeof(answer),
		         "HTTP/1.1 200 OK\r\nX-ClickHouse-Query-Id: %s\r\n" CH
		         "Content-Length: 0\r\n\r\n",
		         cases[i].id);
		request.query_id = STR("bfc-x");
		server_start(&server);
		client_start(&client, server.port);
		call(&client, &request, &outcome);
		assert_int_equal(outcome.kind, cases[i].kind);
		if (outcome.kind == OUTCOME_LOST)
			assert_true(str_find(outcome.text, STR("query id bfc-y, not bfc-x")) > 0);
		outcome_release(&outcome);
		client.transport.release(client.transport.state);
		pthread_join(server.thread, NULL);
	}
}

/* Two at once, the slow one first: outcomes come in the order of completion. */
static void test_several(void **state)
{
	struct server server = {
	        .scripts = {{.answers = {OK_EMPTY}, .pause_ms = 500}, {.answers = {OK_EMPTY}}},
	        .script_count = 2};
	struct request requests[2] = {question, question};
	struct client client;
	struct outcome outcome;

	(void)state;
	requests[0].owner = &requests[0];
	requests[1].owner = &requests[1];
	server_start(&server);
	client_start(&client, server.port);
	client.transport.send(client.transport.state, &requests[0]);
	assert_false(client.transport.next(client.transport.state, 100, &outcome));
	client.transport.send(client.transport.state, &requests[1]);
	for (int i = 1; i >= 0; i--) {
		while (!client.transport.next(client.transport.state, 100, &outcome))
			;
		assert_ptr_equal(outcome.owner, &requests[i]);
		assert_int_equal(outcome.kind, OUTCOME_OK);
		outcome_release(&outcome);
	}
	client.transport.release(client.transport.state);
	pthread_join(server.thread, NULL);
}

static void on_alarm(int number)
{
	(void)number;
}

/* Waiting ends early when a signal comes. */
static void test_signal(void **state)
{
	struct server server = {.scripts = {{.answers = {OK_EMPTY}, .pause_ms = 800}},
	                        .script_count = 1};
	struct itimerval timer = {.it_value = {0, 350000}};
	struct sigaction action = {.sa_handler = on_alarm};
	struct client client;
	struct outcome outcome;
	uint64_t began_ms;
	sigset_t alarm_set, saved;

	(void)state;
	sigaction(SIGALRM, &action, NULL);
	sigemptyset(&alarm_set);
	sigaddset(&alarm_set, SIGALRM);
	/* The server's thread shall not be the one that it comes to. */
	pthread_sigmask(SIG_BLOCK, &alarm_set, &saved);
	server_start(&server);
	pthread_sigmask(SIG_SETMASK, &saved, NULL);
	client_start(&client, server.port);
	client.transport.send(client.transport.state, &question);
	setitimer(ITIMER_REAL, &timer, NULL);
	began_ms = client.transport.now_ms(client.transport.state);
	assert_false(client.transport.next(client.transport.state, 5000, &outcome));
	assert_in_range(client.transport.now_ms(client.transport.state) - began_ms, 0, 600);
	client.transport.release(client.transport.state);
	pthread_join(server.thread, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_good),
	        cmocka_unit_test(test_cut),
	        cmocka_unit_test(test_exceptions),
	        cmocka_unit_test(test_not_clickhouse),
	        cmocka_unit_test(test_huge),
	        cmocka_unit_test(test_unreachable),
	        cmocka_unit_test(test_timeout),
	        cmocka_unit_test(test_never_sent_twice),
	        cmocka_unit_test(test_closed_while_idle),
	        cmocka_unit_test(test_reuse),
	        cmocka_unit_test(test_request),
	        cmocka_unit_test(test_answer_of_another_request),
	        cmocka_unit_test(test_several),
	        cmocka_unit_test(test_signal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
