/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <curl/curl.h>
#include <json-c/json.h>
#include <sys/time.h>

#include "engine.h"
#include "library.h"
#include "text.h"

#define ANSWER_MAX (4U << 20)
#define CONNECT_MS 5000L
#define ANSWER_MS 30000L /* a daemon that systemd starts for the connection answers late */
#define PID_LIMIT (1 << 22)

/* --- JSON --- */

struct json {
	struct json_object *root;
};

static void json_clear(struct json *json)
{
	json_object_put(json->root);
}

#define AUTO_JSON __attribute__((cleanup(json_clear)))

/* The whole of @text is one object. */
static int json_read(const char *text, struct json *ret)
{
	AUTO_JSON struct json json = { 0 };
	struct json_tokener *tokener = json_tokener_new();
	size_t len = strlen(text), end;

	if (!tokener || len > ANSWER_MAX) {
		json_tokener_free(tokener);
		return -EBADMSG;
	}
	json.root = json_tokener_parse_ex(tokener, text, (int)len);
	end = json_tokener_get_parse_end(tokener);
	json_tokener_free(tokener);
	if (!json_object_is_type(json.root, json_type_object) || text[end + strspn(text + end, " \t\r\n")])
		return -EBADMSG;
	ret->root = STEAL_PTR(json.root);
	return 0;
}

static struct json_object *member(struct json_object *o, const char *key, enum json_type type)
{
	struct json_object *value = NULL;

	if (!json_object_is_type(o, json_type_object) || !json_object_object_get_ex(o, key, &value) ||
	    !json_object_is_type(value, type))
		return NULL;
	return value;
}

/* NULL also where the text has a NUL in it. */
static const char *member_text(struct json_object *o, const char *key)
{
	struct json_object *value = member(o, key, json_type_string);
	const char *text = value ? json_object_get_string(value) : NULL;

	return text && strlen(text) == (size_t)json_object_get_string_len(value) ? text : NULL;
}

static bool member_is_true(struct json_object *o, const char *key)
{
	struct json_object *value = member(o, key, json_type_boolean);

	return value && json_object_get_boolean(value);
}

const char *engine_check_name(const char *name)
{
	static const char alnum[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
	static const char after[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-";

	if (!*name)
		return "is empty";
	if (strlen(name) >= ENGINE_NAME_SIZE)
		return "is longer than 255 characters";
	if (!strchr(alnum, *name) || name[strspn(name, after)])
		return "is no name that a container can have: letters, digits, and _ . - after the first";
	return NULL;
}

static bool take_name(const char *name, char ret[static ENGINE_NAME_SIZE])
{
	return name && !engine_check_name(name) && util_copy(ret, ENGINE_NAME_SIZE, name);
}

int engine_parse_container(const char *json, struct engine_container *ret)
{
	AUTO_JSON struct json answer = { 0 };
	struct engine_container c = { 0 };
	struct json_object *state, *pid;
	const char *id, *name;
	int64_t number;

	if (json_read(json, &answer) < 0)
		return -EBADMSG;
	id = member_text(answer.root, "Id");
	name = member_text(answer.root, "Name");
	state = member(answer.root, "State", json_type_object);
	/* Docker puts a slash before it. */
	if (!id || !name || !state || !*id || id[strspn(id, "0123456789abcdef")] || !COPY(c.id, id) ||
	    !take_name(name + (*name == '/'), c.name) || !member(state, "Running", json_type_boolean))
		return -EBADMSG;
	/* Between two starts by a restart policy Docker calls it running, with pid 0. */
	c.running = member_is_true(state, "Running") && !member_is_true(state, "Restarting");
	if (c.running) {
		pid = member(state, "Pid", json_type_int);
		number = pid ? json_object_get_int64(pid) : 0;
		if (number <= 1 || number > PID_LIMIT)
			return -EBADMSG;
		c.pid = (pid_t)number;
	}
	*ret = c;
	return 0;
}

int engine_parse_event(const char *json, struct engine_event *ret)
{
	AUTO_JSON struct json event = { 0 };
	struct json_object *attributes;
	struct engine_event e = { 0 };
	const char *type, *action;

	if (json_read(json, &event) < 0)
		return -EBADMSG;
	type = member_text(event.root, "Type");
	action = member_text(event.root, "Action");
	if (!type || !action)
		return -EBADMSG;
	if (strcmp(type, "container"))
		return -ENOMSG;
	if (!strcmp(action, "start"))
		e.type = ENGINE_START;
	else if (!strcmp(action, "die") || !strcmp(action, "died")) /* podman's own word */
		e.type = ENGINE_DIE;
	else
		return -ENOMSG;
	attributes = member(member(event.root, "Actor", json_type_object), "Attributes", json_type_object);
	if (!take_name(member_text(attributes, "name"), e.name))
		return -EBADMSG;
	*ret = e;
	return 0;
}

char *engine_parse_message(const char *json)
{
	AUTO_JSON struct json answer = { 0 };
	const char *message = json_read(json, &answer) < 0 ? NULL : member_text(answer.root, "message");

	return message && *message ? text_printable(message) : NULL;
}

/* --- libcurl --- */

static struct {
	__typeof__(curl_global_init) *global_init;
	__typeof__(curl_easy_init) *init;
	__typeof__(curl_easy_cleanup) *cleanup;
	__typeof__(curl_easy_setopt) *setopt;
	__typeof__(curl_easy_getinfo) *getinfo;
	__typeof__(curl_easy_strerror) *strerror;
	__typeof__(curl_multi_init) *multi_init;
	__typeof__(curl_multi_cleanup) *multi_cleanup;
	__typeof__(curl_multi_add_handle) *multi_add;
	__typeof__(curl_multi_remove_handle) *multi_remove;
	__typeof__(curl_multi_perform) *multi_perform;
	__typeof__(curl_multi_poll) *multi_poll;
	__typeof__(curl_multi_info_read) *multi_info_read;
} curl;

static int load_curl(char **ret_error)
{
	static const struct library_function functions[] = {
		{ "curl_global_init", &curl.global_init },
		{ "curl_easy_init", &curl.init },
		{ "curl_easy_cleanup", &curl.cleanup },
		{ "curl_easy_setopt", &curl.setopt },
		{ "curl_easy_getinfo", &curl.getinfo },
		{ "curl_easy_strerror", &curl.strerror },
		{ "curl_multi_init", &curl.multi_init },
		{ "curl_multi_cleanup", &curl.multi_cleanup },
		{ "curl_multi_add_handle", &curl.multi_add },
		{ "curl_multi_remove_handle", &curl.multi_remove },
		{ "curl_multi_perform", &curl.multi_perform },
		{ "curl_multi_poll", &curl.multi_poll },
		{ "curl_multi_info_read", &curl.multi_info_read },
	};
	static bool loaded;

	if (loaded)
		return 0;
	if ((library_load("libcurl.so.4", functions, ARRAY_SIZE(functions)) < 0 &&
	     library_load("libcurl-gnutls.so.4", functions, ARRAY_SIZE(functions)) < 0) ||
	    curl.global_init(CURL_GLOBAL_NOTHING)) {
		*ret_error = xstrdup(
			"libcurl cannot be loaded, and Docker and podman are asked with it; install Debian's package libcurl4");
		return -ENOPKG;
	}
	loaded = true;
	return 0;
}

/* One request, and what came of it. */
struct request {
	const char *socket;
	const struct engine_follower *follower; /* NULL: the answer is wanted as a whole */
	CURL *easy;
	CURLM *multi;
	char *answer; /* what came and is not used up yet, with a NUL behind it */
	size_t len;
	bool connected, too_long;
};

static void request_clear(struct request *r)
{
	if (r->multi && r->easy)
		curl.multi_remove(r->multi, r->easy);
	if (r->easy)
		curl.cleanup(r->easy);
	if (r->multi)
		curl.multi_cleanup(r->multi);
	free(r->answer);
}

#define AUTO_REQUEST __attribute__((cleanup(request_clear)))

static long http_status(const struct request *r)
{
	long status = 0;

	(void)curl.getinfo(r->easy, CURLINFO_RESPONSE_CODE, &status);
	return status;
}

static size_t take_bytes(const char *bytes, size_t size, size_t n, void *arg)
{
	struct request *r = arg;

	n *= size;
	if (r->len + n > ANSWER_MAX) {
		r->too_long = true;
		return 0;
	}
	r->answer = xrealloc(r->answer, r->len + n + 1, 1);
	memcpy(r->answer + r->len, bytes, n);
	r->len += n;
	r->answer[r->len] = '\0';
	return n;
}

/* The empty line behind the headers: from here on the engine tells of events. */
static size_t take_header(const char *bytes, size_t size, size_t n, void *arg)
{
	struct request *r = arg;

	n *= size;
	if (n <= 2 && (*bytes == '\r' || *bytes == '\n') && http_status(r) == 200)
		r->connected = true;
	return n;
}

static int request_init(struct request *r, const char *url, char **ret_error)
{
	int error = load_curl(ret_error);

	if (error < 0)
		return error;
	r->easy = curl.init();
	r->multi = curl.multi_init();
	if (!r->easy || !r->multi || curl.setopt(r->easy, CURLOPT_UNIX_SOCKET_PATH, r->socket) != CURLE_OK ||
	    curl.setopt(r->easy, CURLOPT_URL, url) != CURLE_OK) {
		*ret_error = xasprintf("%s: libcurl does not take it", r->socket);
		return -EINVAL;
	}
	/* Nothing of the environment: no proxy. */
	(void)curl.setopt(r->easy, CURLOPT_PROXY, "");
	(void)curl.setopt(r->easy, CURLOPT_NOSIGNAL, 1L);
	(void)curl.setopt(r->easy, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_MS);
	(void)curl.setopt(r->easy, CURLOPT_WRITEFUNCTION, take_bytes);
	(void)curl.setopt(r->easy, CURLOPT_WRITEDATA, r);
	(void)curl.setopt(r->easy, CURLOPT_HEADERFUNCTION, take_header);
	(void)curl.setopt(r->easy, CURLOPT_HEADERDATA, r);
	if (!r->follower)
		(void)curl.setopt(r->easy, CURLOPT_TIMEOUT_MS, ANSWER_MS);
	return curl.multi_add(r->multi, r->easy) == CURLM_OK ? 0 : -EIO;
}

/* Why it ended before there was an answer. */
static int explain(const struct request *r, CURLcode code, char **ret_error)
{
	long error = 0;

	if (r->too_long) {
		*ret_error = xasprintf("%s: an answer of more than %u MiB", r->socket, ANSWER_MAX >> 20);
		return -EBADMSG;
	}
	(void)curl.getinfo(r->easy, CURLINFO_OS_ERRNO, &error);
	if (code == CURLE_COULDNT_CONNECT && error > 0) {
		*ret_error =
			xasprintf("%s: %s%s", r->socket, strerror((int)error),
				  error == ENOENT || error == ECONNREFUSED ? "; is the daemon that serves it running?" : "");
		return -(int)error;
	}
	*ret_error = xasprintf("%s: %s", r->socket, curl.strerror(code));
	return code == CURLE_OPERATION_TIMEDOUT ? -ETIMEDOUT : -EIO;
}

/* An answer that is an error; @one: it was asked for one container. */
static int refused(const struct request *r, bool one, char **ret_error)
{
	AUTO_FREE char *message = r->answer ? engine_parse_message(r->answer) : NULL;
	long status = http_status(r);

	if (status == 404 && one) {
		*ret_error = xstrdup("there is no such container");
		return -ENOENT;
	}
	*ret_error = xasprintf("%s: it answers with HTTP status %ld%s%s", r->socket, status, message ? ": " : "",
			       message ? message : "");
	return -EIO;
}

/* Hands on the events that have come as whole lines. Whoever is called may take long: libcurl is not at work meanwhile. */
static int hand_on(struct request *r, bool *told, char **ret_error)
{
	char *line = r->answer, *end;

	if (r->connected && !*told) {
		*told = true;
		r->follower->connected(r->follower->arg);
	}
	while (*told && line && (end = strchr(line, '\n'))) {
		struct engine_event event;
		int error;

		*end = '\0';
		error = line[strspn(line, " \t\r")] ? engine_parse_event(line, &event) : -ENOMSG;
		if (error == 0)
			r->follower->event(&event, r->follower->arg);
		if (error == -EBADMSG) {
			*ret_error = xasprintf("%s: an event that is none", r->socket);
			return error;
		}
		line = end + 1;
	}
	if (line && line != r->answer) {
		r->len -= (size_t)(line - r->answer);
		memmove(r->answer, line, r->len + 1);
	}
	return 0;
}

/* Until the request ends (0, with @ret_code), or @stop_fd is readable (-ECANCELED). */
static int perform(struct request *r, int stop_fd, CURLcode *ret_code, char **ret_error)
{
	struct curl_waitfd stop = { .fd = stop_fd, .events = CURL_WAIT_POLLIN };
	bool told = false;

	for (;;) {
		int running = 0, left, error;
		CURLMsg *message;

		if (curl.multi_perform(r->multi, &running) != CURLM_OK)
			break;
		error = r->follower ? hand_on(r, &told, ret_error) : 0;
		if (error < 0)
			return error;
		message = curl.multi_info_read(r->multi, &left);
		if (message && message->msg == CURLMSG_DONE) {
			*ret_code = message->data.result;
			return 0;
		}
		if (!running || curl.multi_poll(r->multi, &stop, stop_fd >= 0, 60000, NULL) != CURLM_OK)
			break;
		if (stop.revents)
			return -ECANCELED;
	}
	*ret_error = xasprintf("%s: libcurl does not go on", r->socket);
	return -EIO;
}

int engine_inspect(const char *socket, const char *name, struct engine_container *ret, char **ret_error)
{
	AUTO_REQUEST struct request r = { .socket = socket };
	AUTO_FREE char *url = xasprintf("http://engine/containers/%s/json", name);
	const char *wrong = engine_check_name(name);
	CURLcode code = CURLE_OK;
	int error;

	if (wrong) {
		*ret_error = xasprintf("it %s", wrong);
		return -EINVAL;
	}
	error = request_init(&r, url, ret_error);
	if (error == 0)
		error = perform(&r, -1, &code, ret_error);
	if (error < 0)
		return error;
	if (code != CURLE_OK)
		return explain(&r, code, ret_error);
	if (http_status(&r) != 200)
		return refused(&r, true, ret_error);
	error = engine_parse_container(r.answer ? r.answer : "", ret);
	if (error < 0)
		*ret_error = xasprintf("what %s says of it cannot be understood", socket);
	return error;
}

/*
 * Docker sends the headers before it has subscribed us, hence "since": what happens between the two comes from its
 * log. "died" is podman's word for its filter, "die" Docker's; each passes over the other's.
 */
static char *events_url(void)
{
	struct timeval now;

	gettimeofday(&now, NULL);
	return xasprintf("http://engine/events?since=%lld.%06ld000&filters="
			 "%%7B%%22type%%22%%3A%%5B%%22container%%22%%5D%%2C"
			 "%%22event%%22%%3A%%5B%%22start%%22%%2C%%22die%%22%%2C%%22died%%22%%5D%%7D",
			 (long long)now.tv_sec, (long)now.tv_usec);
}

int engine_follow(const char *socket, const struct engine_follower *follower, int stop_fd, char **ret_error)
{
	AUTO_REQUEST struct request r = { .socket = socket, .follower = follower };
	AUTO_FREE char *url = events_url();
	CURLcode code = CURLE_OK;
	int error = request_init(&r, url, ret_error);

	if (error == 0)
		error = perform(&r, stop_fd, &code, ret_error);
	if (error < 0)
		return error == -ECANCELED ? 0 : error;
	if (!r.connected)
		return code == CURLE_OK ? refused(&r, false, ret_error) : explain(&r, code, ret_error);
	if (r.too_long)
		return explain(&r, code, ret_error);
	*ret_error = xasprintf("%s: the daemon closed the connection", socket);
	return -EPIPE;
}
