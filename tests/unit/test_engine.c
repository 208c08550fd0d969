/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "unit.h"

#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "../../helper/engine.h"

#define ID "4fa6e0f0c6786287e131c3852c58a2e01cc697a68231826813597e4994f1d6e2"
#define STATE(running, pid) "{\"Id\":\"" ID "\",\"Name\":\"/web\",\"State\":{\"Running\":" running ",\"Pid\":" pid "}}"
#define NAMED(name) "{\"Id\":\"" ID "\",\"Name\":" name ",\"State\":{\"Running\":true,\"Pid\":77}}"
#define X50 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
#define X255 X50 X50 X50 X50 X50 "xxxxx"
#define EVENT(type, action, name)                                                  \
	"{\"Type\":\"" type "\",\"Action\":\"" action "\",\"Actor\":{\"ID\":\"" ID \
	"\",\"Attributes\":{\"image\":\"bb:1\",\"name\":\"" name "\"}}}"

static const char docker_answer[] =
	"{\"Id\":\"" ID
	"\",\"Created\":\"2026-02-11T09:12:44.1Z\",\"Path\":\"sleep\",\"Args\":[\"1000\"],\"State\":{\"Status\":\"running\","
	"\"Running\":true,\"Paused\":false,\"Restarting\":false,\"OOMKilled\":false,\"Dead\":false,\"Pid\":1234,\"ExitCode\":0,"
	"\"Error\":\"\",\"StartedAt\":\"2026-02-11T09:12:45.2Z\",\"FinishedAt\":\"0001-01-01T00:00:00Z\"},\"Image\":\"sha256:00\","
	"\"Name\":\"/docker01\",\"RestartCount\":0,\"HostConfig\":{\"Binds\":null,\"NetworkMode\":\"default\"}}\n";

/* podman 4.3: State has more, and there may be no slash. */
static const char podman_answer[] =
	"{\"Id\":\"" ID "\",\"State\":{\"OciVersion\":\"1.0.2-dev\",\"Status\":\"running\",\"Running\":true,\"Paused\":false,"
	"\"Restarting\":false,\"Pid\":4194304,\"ConmonPid\":900,\"ExitCode\":0},\"Name\":\"pod_01.a-b\",\"Mounts\":[]}";

static void test_containers(void **state)
{
	static const struct {
		const char *json, *name;
		bool running;
		int pid;
	} rows[] = {
		{ docker_answer, "docker01", true, 1234 },
		{ podman_answer, "pod_01.a-b", true, 4194304 },
		{ STATE("false", "0"), "web", false, 0 },
		{ STATE("false", "-5"), "web", false, 0 }, /* nobody looks at it */
		{ STATE("true", "2"), "web", true, 2 },
		{ STATE("true,\"Restarting\":true", "0"), "web", false, 0 },
		{ STATE("true,\"Restarting\":\"yes\"", "77"), "web", true, 77 },
		{ NAMED("\"/" X255 "\""), X255, true, 77 },
		{ NAMED("\"w\\u0065b\""), "web", true, 77 },
		{ " \n" STATE("true", "77") " \r\n", "web", true, 77 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct engine_container c = { 0 };

		unit_same_uint(rows[i].json, "error", (unsigned)-engine_parse_container(rows[i].json, &c), 0);
		unit_same(rows[i].json, "name", c.name, rows[i].name);
		unit_same(rows[i].json, "id", c.id, ID);
		unit_same_uint(rows[i].json, "running", c.running, rows[i].running);
		unit_same_uint(rows[i].json, "pid", (unsigned)c.pid, (unsigned)rows[i].pid);
	}
	UNIT_TABLE_END;
}

static void test_no_containers(void **state)
{
	static const char *const rows[] = {
		"",
		" ",
		"{",
		"}",
		"{}",
		"[]",
		"null",
		"true",
		"7",
		"\"web\"",
		"nonsense",
		"<html></html>",
		"\xff\xfe",
		/* pids that nobody has */
		STATE("true", "0"),
		STATE("true", "1"),
		STATE("true", "-1"),
		STATE("true", "-1234"),
		STATE("true", "4194305"),
		STATE("true", "4294967373"),
		STATE("true", "9223372036854775807"),
		STATE("true", "18446744073709551693"),
		STATE("true", "99999999999999999999999999999999"),
		STATE("true", "77.5"),
		STATE("true", "7e1"),
		STATE("true", "1e999"),
		STATE("true", "\"77\""),
		STATE("true", "null"),
		STATE("true", "[77]"),
		STATE("true", "{}"),
		STATE("true", "true"),
		/* what is no truth */
		STATE("1", "77"),
		STATE("\"true\"", "77"),
		STATE("null", "77"),
		STATE("{}", "77"),
		/* names */
		NAMED("\"\""),
		NAMED("\"/\""),
		NAMED("\"//web\""),
		NAMED("\"/a/b\""),
		NAMED("\"../x\""),
		NAMED("\".x\""),
		NAMED("\"-x\""),
		NAMED("\"a b\""),
		NAMED("\"a\\nb\""),
		NAMED("\"web\\u0000x\""),
		NAMED("\"caf\xc3\xa9\""),
		NAMED("\"a\\u001b[2J\""),
		NAMED("\"/" X255 "x\""),
		NAMED("\"/" X255 X255 "\""),
		NAMED("7"),
		NAMED("null"),
		NAMED("[\"/web\"]"),
		/* members that are not there, or of another type */
		"{\"Name\":\"/web\",\"State\":{\"Running\":true,\"Pid\":77}}",
		"{\"Id\":\"" ID "\",\"State\":{\"Running\":true,\"Pid\":77}}",
		"{\"Id\":\"" ID "\",\"Name\":\"/web\"}",
		"{\"Id\":\"" ID "\",\"Name\":\"/web\",\"State\":\"running\"}",
		"{\"Id\":\"" ID "\",\"Name\":\"/web\",\"State\":{\"Pid\":77}}",
		"{\"Id\":\"" ID "\",\"Name\":\"/web\",\"State\":{\"Running\":true}}",
		"{\"id\":\"" ID "\",\"name\":\"/web\",\"state\":{\"running\":true,\"pid\":77}}",
		"{\"Id\":\"\",\"Name\":\"/web\",\"State\":{\"Running\":true,\"Pid\":77}}",
		"{\"Id\":\"../../x\",\"Name\":\"/web\",\"State\":{\"Running\":true,\"Pid\":77}}",
		"{\"Id\":\"" ID "0\",\"Name\":\"/web\",\"State\":{\"Running\":true,\"Pid\":77}}",
		"{\"Id\":7,\"Name\":\"/web\",\"State\":{\"Running\":true,\"Pid\":77}}",
		/* more than one, and things behind it */
		STATE("true", "77") STATE("true", "78"),
		STATE("true", "77") "x",
		"[" STATE("true", "77") "]",
	};
	struct engine_container c = { .pid = 42 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		unit_same_uint(rows[i], "error", (unsigned)-engine_parse_container(rows[i], &c), EBADMSG);
	assert_int_equal(c.pid, 42);
	UNIT_TABLE_END;
}

/* Cut short anywhere it is none, and with any byte changed it is none or has nothing impossible in it. */
static void test_cut(void **state)
{
	AUTO_FREE char *text = xstrdup(docker_answer);
	struct engine_container c = { 0 };

	(void)state;
	for (size_t len = strlen(text) - 2; len; len--) {
		text[len] = '\0';
		unit_same_uint(text, "error", (unsigned)-engine_parse_container(text, &c), EBADMSG);
	}
	for (size_t i = 0; docker_answer[i]; i++)
		for (unsigned byte = 1; byte < 256; byte += 31) {
			strcpy(text, docker_answer);
			text[i] = (char)byte;
			if (engine_parse_container(text, &c) == 0 && (engine_check_name(c.name) || (c.running && c.pid <= 1)))
				unit_same(text, "parsed", "as a container", "not");
		}
	UNIT_TABLE_END;
}

static void test_deep(void **state)
{
	enum { DEPTH = 100000 };
	AUTO_FREE char *text = xcalloc(1, 5 * DEPTH + 1);
	struct engine_container c;
	struct engine_event e;

	(void)state;
	for (size_t i = 0; i < DEPTH; i++)
		memcpy(text + 5 * i, "{\"a\":", 5);
	assert_int_equal(engine_parse_container(text, &c), -EBADMSG);
	assert_int_equal(engine_parse_event(text, &e), -EBADMSG);
	memset(text, '[', 5 * DEPTH);
	assert_int_equal(engine_parse_container(text, &c), -EBADMSG);
}

static void test_events(void **state)
{
	static const struct {
		const char *json;
		int error;
		enum engine_event_type type;
	} rows[] = {
		{ "{\"status\":\"start\",\"id\":\"" ID
		  "\",\"from\":\"bb:1\",\"Type\":\"container\",\"Action\":\"start\",\"Actor\":{\"ID\":\"" ID
		  "\",\"Attributes\":{\"image\":\"bb:1\",\"name\":\"web\"}},\"scope\":\"local\",\"time\":1,\"timeNano\":1}",
		  0, ENGINE_START },
		{ EVENT("container", "start", "web"), 0, ENGINE_START },
		{ EVENT("container", "die", "web"), 0, ENGINE_DIE },
		{ EVENT("container", "died", "web"), 0, ENGINE_DIE },
		{ EVENT("container", "create", "web"), ENOMSG, 0 },
		{ EVENT("container", "exec_start: sh", "web"), ENOMSG, 0 },
		{ EVENT("network", "start", "web"), ENOMSG, 0 },
		{ EVENT("container", "start", ""), EBADMSG, 0 },
		{ EVENT("container", "start", "../web"), EBADMSG, 0 },
		{ EVENT("container", "start", "we b"), EBADMSG, 0 },
		{ EVENT("container", "start", X255 "x"), EBADMSG, 0 },
		{ EVENT("container", "start", "web") "x", EBADMSG, 0 },
		{ "{\"Type\":\"container\",\"Action\":\"start\"}", EBADMSG, 0 },
		{ "{\"Type\":\"container\",\"Action\":\"start\",\"Actor\":[]}", EBADMSG, 0 },
		{ "{\"Type\":\"container\",\"Action\":\"start\",\"Actor\":{\"Attributes\":{\"name\":7}}}", EBADMSG, 0 },
		{ "{\"Type\":\"container\",\"Action\":7}", EBADMSG, 0 },
		{ "{\"Type\":null,\"Action\":\"start\"}", EBADMSG, 0 },
		{ "{\"message\":\"x\"}", EBADMSG, 0 },
		{ "{}", EBADMSG, 0 },
		{ "", EBADMSG, 0 },
		{ "[]", EBADMSG, 0 },
		{ "start web", EBADMSG, 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct engine_event e = { 0 };

		unit_same_uint(rows[i].json, "error", (unsigned)-engine_parse_event(rows[i].json, &e),
			       (unsigned)rows[i].error);
		unit_same_uint(rows[i].json, "type", e.type, rows[i].type);
		unit_same(rows[i].json, "name", e.name, rows[i].error ? "" : "web");
	}
	UNIT_TABLE_END;
}

static void test_messages(void **state)
{
	static const char *const rows[][2] = {
		{ "{\"message\":\"No such container: x\"}\n", "No such container: x" },
		{ "{\"cause\":\"no such container\",\"message\":\"a\\nb\\u001b[2J\",\"response\":404}", "a?b?[2J" },
		{ "{\"message\":\"\"}", NULL },
		{ "{\"message\":7}", NULL },
		{ "404 page not found\n", NULL },
		{ "", NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		AUTO_FREE char *got = engine_parse_message(rows[i][0]);

		unit_same(rows[i][0], "message", got, rows[i][1]);
	}
	UNIT_TABLE_END;
}

static void test_names(void **state)
{
	static const char *const good[] = { "a", "7", "docker01", "A_b.c-d", X255 };
	static const char *const bad[] = { "",    "-a",   ".a",  "_a", "a/b",      "a b",
					   "a?b", "a%2e", "a#b", "..", "\xc3\xa9", X255 "x" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(good); i++)
		unit_same(good[i], "wrong", engine_check_name(good[i]), NULL);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		unit_same_uint(bad[i], "wrong", engine_check_name(bad[i]) != NULL, true);
	UNIT_TABLE_END;
}

/* --- an engine of our own, that says to whoever comes what it was told to say --- */

struct server {
	char path[128];
	pid_t pid;
};

/* Says @text, and then closes, or with @stays waits for the other side to do so. */
static struct server serve(const char *text, size_t len, bool stays)
{
	static unsigned n;
	struct server s = { 0 };
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(s.path, sizeof(s.path), "%s/s%u", unit_folder, n++);
	strcpy(address.sun_path, s.path);
	if (listener < 0 || bind(listener, (struct sockaddr *)&address, sizeof(address)) < 0 || listen(listener, 1) < 0)
		fail_msg("%s: %s", s.path, strerror(errno));
	s.pid = fork();
	if (s.pid == 0) {
		int fd = accept(listener, NULL, NULL);
		struct pollfd gone = { .fd = fd, .events = POLLRDHUP };
		char buf[4096];

		if (read(fd, buf, sizeof(buf)) <= 0)
			_exit(1);
		while (len) {
			ssize_t written = send(fd, text, len, MSG_NOSIGNAL);

			if (written <= 0)
				_exit(2);
			text += written;
			len -= (size_t)written;
		}
		if (stays)
			(void)poll(&gone, 1, 30000);
		_exit(0);
	}
	close(listener);
	return s;
}

static void serve_end(const struct server *s)
{
	kill(s->pid, SIGKILL);
	while (waitpid(s->pid, NULL, 0) < 0 && errno == EINTR)
		;
}

#define HTTP(status) "HTTP/1.1 " status "\r\nContent-Type: application/json\r\n"

static void test_inspect(void **state)
{
	static const struct {
		const char *text;
		int error;
		const char *says;
	} rows[] = {
		{ HTTP("200 OK") "Connection: close\r\n\r\n" STATE("true", "77"), 0, NULL },
		{ HTTP("200 OK") "Transfer-Encoding: chunked\r\n\r\n40\r\n{\"Id\":\"4fa6e0f0c6786287e131c3852c58a2e01cc697a68231826813597e499\r\n"
				 "3a\r\n4f1d6e2\",\"Name\":\"/web\",\"State\":{\"Running\":true,\"Pid\":77}}\n\r\n0\r\n\r\n",
		  0, NULL },
		{ HTTP("404 Not Found") "Connection: close\r\n\r\n{\"message\":\"No such container: web\"}", ENOENT,
		  "there is no such container" },
		{ HTTP("500 Internal") "Connection: close\r\n\r\n{\"message\":\"it\\nhurts\"}", EIO,
		  "HTTP status 500: it?hurts" },
		{ HTTP("500 Internal") "Connection: close\r\n\r\n<html>", EIO, "HTTP status 500" },
		{ HTTP("301 Moved") "Location: http://elsewhere/\r\nConnection: close\r\n\r\n", EIO, "HTTP status 301" },
		{ HTTP("200 OK") "Connection: close\r\n\r\n", EBADMSG, "cannot be understood" },
		{ HTTP("200 OK") "Content-Length: 1000\r\n\r\n" STATE("true", "77"), EIO, "" },
		{ "SSH-2.0-OpenSSH_9.2\r\n", EIO, "" },
		{ "\r\n\r\n\r\n", EIO, "" },
		{ "", EIO, "" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct server s = serve(rows[i].text, strlen(rows[i].text), false);
		struct engine_container c = { 0 };
		AUTO_FREE char *error = NULL;
		int r = engine_inspect(s.path, "web", &c, &error);

		serve_end(&s);
		unit_same_uint(rows[i].text, "error", (unsigned)-r, (unsigned)rows[i].error);
		unit_same_uint(rows[i].text, "pid", (unsigned)c.pid, rows[i].error ? 0 : 77);
		if (rows[i].says && (!error || !strstr(error, rows[i].says)))
			unit_same(rows[i].text, "error", error, rows[i].says);
		if (!rows[i].error)
			unit_same(rows[i].text, "error", error, NULL);
	}
	UNIT_TABLE_END;
}

static void test_endless(void **state)
{
	enum { SIZE = 5 << 20 };
	static const char head[] = HTTP("200 OK") "Connection: close\r\n\r\n";
	AUTO_FREE char *text = xcalloc(1, SIZE), *error = NULL;
	struct engine_container c = { 0 };
	struct server s;

	(void)state;
	memset(text, 'x', SIZE);
	memcpy(text, head, strlen(head));
	s = serve(text, SIZE, false);
	assert_int_equal(engine_inspect(s.path, "web", &c, &error), -EBADMSG);
	assert_non_null(strstr(error, "more than 4 MiB"));
	serve_end(&s);
}

static void test_no_engine(void **state)
{
	struct server s = serve("", 0, false);
	struct engine_container c = { .pid = 42 };
	char *error = NULL;

	(void)state;
	serve_end(&s);
	assert_int_equal(engine_inspect(s.path, "web", &c, &error), -ECONNREFUSED);
	assert_non_null(strstr(error, "Connection refused; is the daemon"));
	free(STEAL_PTR(error));
	assert_int_equal(engine_inspect("/nonexistent/socket", "web", &c, &error), -ENOENT);
	assert_non_null(strstr(error, "/nonexistent/socket: No such file or directory; is the daemon"));
	free(STEAL_PTR(error));
	assert_int_not_equal(engine_inspect("/" X255, "web", &c, &error), 0);
	free(STEAL_PTR(error));
	assert_int_equal(engine_inspect(s.path, "../images", &c, &error), -EINVAL);
	free(STEAL_PTR(error));
	assert_int_equal(c.pid, 42);
}

struct heard {
	char text[256];
	int stop_fd, stop_after;
};

static void hear(struct heard *h, const char *word)
{
	strcat(strcat(h->text, *h->text ? " " : ""), word);
	if (h->stop_after && --h->stop_after == 0)
		(void)eventfd_write(h->stop_fd, 1);
}

static void on_connected(void *arg) { hear(arg, "connected"); }

static void on_event(const struct engine_event *event, void *arg)
{
	hear(arg, event->type == ENGINE_START ? "+" : "-");
	strcat(((struct heard *)arg)->text, event->name);
}

static void test_follow(void **state)
{
	static const struct {
		const char *text;
		bool stays;
		int stop_after, error;
		const char *hears, *says;
	} rows[] = {
		{ HTTP("200 OK") "\r\n", true, 1, 0, "connected", NULL },
		{ HTTP("200 OK") "\r\n" EVENT("container", "start", "a") "\n" EVENT("container", "die", "b") "\n", true,
		  3, 0, "connected +a -b", NULL },
		{ HTTP("200 OK") "\r\n\n" EVENT("image", "pull", "a") "\n" EVENT("container", "start", "b") "\n", false,
		  0, EPIPE, "connected +b", "closed the connection" },
		{ HTTP("200 OK") "\r\n" EVENT("container", "start", "a"), false, 0, EPIPE, "connected",
		  "closed the connection" }, /* half a line */
		{ HTTP("200 OK") "\r\nnonsense\n" EVENT("container", "start", "a") "\n", true, 0, EBADMSG, "connected",
		  "an event that is none" },
		{ HTTP("200 OK") "Transfer-Encoding: chunked\r\n\r\nzz\r\n", true, 0, EPIPE, "connected",
		  "closed the connection" },
		{ HTTP("500 Internal") "Connection: close\r\n\r\n{\"message\":\"x\"}\n", false, 0, EIO, "",
		  "HTTP status 500: x" },
		{ HTTP("404 Not Found") "Content-Length: 0\r\n\r\n", true, 0, EIO, "", "HTTP status 404" },
		{ "HTTP/1.1 100 Continue\r\n\r\n" HTTP("200 OK") "\r\n", true, 1, 0, "connected", NULL },
		{ "", false, 0, EIO, "", "" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct heard heard = { .stop_after = rows[i].stop_after, .stop_fd = eventfd(0, EFD_CLOEXEC) };
		const struct engine_follower follower = { on_connected, on_event, &heard };
		struct server s = serve(rows[i].text, strlen(rows[i].text), rows[i].stays);
		AUTO_FREE char *error = NULL;
		int r = engine_follow(s.path, &follower, heard.stop_fd, &error);

		serve_end(&s);
		close(heard.stop_fd);
		unit_same_uint(rows[i].text, "error", (unsigned)-r, (unsigned)rows[i].error);
		unit_same(rows[i].text, "heard", heard.text, rows[i].hears);
		if (rows[i].says && (!error || !strstr(error, rows[i].says)))
			unit_same(rows[i].text, "error", error, rows[i].says);
	}
	UNIT_TABLE_END;
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_containers), cmocka_unit_test(test_no_containers),
		cmocka_unit_test(test_cut),        cmocka_unit_test(test_deep),
		cmocka_unit_test(test_events),     cmocka_unit_test(test_messages),
		cmocka_unit_test(test_names),      cmocka_unit_test(test_inspect),
		cmocka_unit_test(test_endless),    cmocka_unit_test(test_no_engine),
		cmocka_unit_test(test_follow),
	};

	return cmocka_run_group_tests_name("engine", tests, unit_enter_folder, unit_leave_folder);
}
