/*
 * Preloaded into a tree's own `conf`: its probes are recorded or replayed, and one parsed tree serves many runs.
 *
 *   ORACLE_RECORD=FILE   probes run; the environment and each answer are appended to FILE
 *   ORACLE_REPLAY=FILE   probes are answered from FILE; one that is not in it ends the run with status 97
 *   ORACLE_SERVE=FOLDER  once the tree is parsed, each line of standard input is one run, in a forked child:
 *                            ID <tab> FOLDER <tab> STDIN <tab> NAME=VALUE <tab> NAME=VALUE ...
 *                        The run happens in FOLDER/work, its streams go to FOLDER/stdout and FOLDER/stderr, and
 *                        `ID STATUS` is written to the server's standard output when it ends. What is said while
 *                        parsing goes to parse.stdout and parse.stderr in ORACLE_SERVE's folder.
 *
 * `conf` has parsed its tree when it first asks for a variable whose name begins with KCONFIG_; only KCONFIG_SEED is
 * asked for earlier, so a child seeds the generator anew. Nothing of `conf` is replaced but its questions to libc.
 * The format of FILE is documented in log.rs.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { UNRECORDED = 97, LIMIT_SECONDS = 300, MOST_FIELDS = 64, LARGEST_FILE = 32 << 20 };

extern char **environ;
static const char *record_to, *serve_in;
static char *answers, *answers_end;
static int requests = -1, replies = -1, last_status;

static const char *lookup(const char *name)
{
	size_t length = strlen(name);
	for (char **entry = environ; entry && *entry; entry++)
		if (!strncmp(*entry, name, length) && (*entry)[length] == '=')
			return *entry + length + 1;
	return NULL;
}

static void fail(const char *what, const char *on)
{
	dprintf(2, "oracle: %s `%s`\n", what, on);
	_exit(UNRECORDED);
}

static char *slurp(int fd, size_t *length)
{
	*length = lseek(fd, 0, SEEK_END);
	char *text = malloc(*length + 1);
	if (!text || pread(fd, text, *length, 0) != (ssize_t)*length)
		fail("cannot read", "an answer");
	text[*length] = 0;
	return text;
}

static int file_for(const char *folder, const char *name)
{
	char path[4096];
	snprintf(path, sizeof path, "%s/%s", folder, name);
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	if (fd < 0)
		fail("cannot write", path);
	return fd;
}

__attribute__((constructor)) static void begin(void)
{
	if (strcmp(program_invocation_short_name, "conf"))
		return;
	record_to = lookup("ORACLE_RECORD");
	serve_in = lookup("ORACLE_SERVE");
	const char *replay = lookup("ORACLE_REPLAY");
	if (record_to) {
		FILE *log = fopen(record_to, "w");
		if (!log)
			fail("cannot write", record_to);
		fputs("kconfig probes 1\n", log);
		for (char **entry = environ; *entry; entry++)
			fprintf(log, "env %zu\n%s\n", strlen(*entry), *entry);
		fclose(log);
	}
	if (replay) {
		int fd = open(replay, O_RDONLY | O_CLOEXEC);
		if (fd < 0)
			fail("cannot read", replay);
		size_t length;
		answers = slurp(fd, &length);
		answers_end = answers + length;
		close(fd);
	}
	if (serve_in) {
		requests = fcntl(0, F_DUPFD_CLOEXEC, 100);
		replies = fcntl(1, F_DUPFD_CLOEXEC, 100);
		dup2(open("/dev/null", O_RDONLY), 0);
		dup2(file_for(serve_in, "parse.stdout"), 1);
		dup2(file_for(serve_in, "parse.stderr"), 2);
	}
}

static FILE *answer_with(const char *text, size_t length)
{
	int fd = memfd_create("answer", MFD_CLOEXEC);
	if (fd < 0 || write(fd, text, length) != (ssize_t)length || lseek(fd, 0, SEEK_SET))
		fail("cannot keep", "an answer");
	return fdopen(fd, "r");
}

static FILE *replayed(const char *command)
{
	size_t wanted = strlen(command);
	char *at = strchr(answers, '\n');
	while (at && ++at < answers_end) {
		int status;
		size_t asked, out, err;
		char *body = strchr(at, '\n') + 1;
		if (sscanf(at, "env %zu", &asked) == 1) {
			at = body + asked;
			continue;
		}
		if (sscanf(at, "probe %d %zu %zu %zu", &status, &asked, &out, &err) != 4)
			fail("cannot understand", at);
		if (asked == wanted && !memcmp(body, command, wanted)) {
			last_status = status;
			if (write(2, body + asked + 1 + out + 1, err) != (ssize_t)err)
				fail("cannot repeat", command);
			return answer_with(body + asked + 1, out);
		}
		at = body + asked + 1 + out + 1 + err;
	}
	fail("no answer is recorded for", command);
	return NULL;
}

static FILE *recorded(const char *command)
{
	int out = memfd_create("out", MFD_CLOEXEC), err = memfd_create("err", MFD_CLOEXEC), status;
	pid_t pid = fork();
	if (!pid) {
		dup2(out, 1);
		dup2(err, 2);
		execl("/bin/sh", "sh", "-c", command, (char *)NULL);
		_exit(127);
	}
	if (waitpid(pid, &status, 0) != pid)
		fail("cannot run", command);
	last_status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	size_t out_length, err_length;
	char *out_text = slurp(out, &out_length), *err_text = slurp(err, &err_length);
	FILE *log = fopen(record_to, "a");
	fprintf(log, "probe %d %zu %zu %zu\n%s\n", last_status, strlen(command), out_length, err_length, command);
	fwrite(out_text, 1, out_length, log);
	fputc('\n', log);
	fwrite(err_text, 1, err_length, log);
	fputc('\n', log);
	fclose(log);
	fwrite(err_text, 1, err_length, stderr);
	FILE *answer = answer_with(out_text, out_length);
	free(out_text);
	free(err_text);
	close(out);
	close(err);
	return answer;
}

FILE *popen(const char *command, const char *mode)
{
	if (answers)
		return replayed(command);
	if (record_to)
		return recorded(command);
	FILE *(*real)(const char *, const char *) = dlsym(RTLD_NEXT, "popen");
	return real(command, mode);
}

int pclose(FILE *stream)
{
	if (answers || record_to) {
		fclose(stream);
		return last_status << 8;
	}
	int (*real)(FILE *) = dlsym(RTLD_NEXT, "pclose");
	return real(stream);
}

static void on_child(int signal)
{
	(void)signal;
}

static int next_request(char *line, size_t room)
{
	size_t length = 0;
	while (length + 1 < room && read(requests, line + length, 1) == 1) {
		if (line[length] == '\n') {
			line[length] = 0;
			return 1;
		}
		length++;
	}
	return 0;
}

/* In the child: the run's own folder, streams and environment; `conf` goes on behind its question. */
static void become(char *fields[], int count)
{
	char work[4096];
	snprintf(work, sizeof work, "%s/work", fields[1]);
	if (chdir(work))
		fail("cannot enter", work);
	int in = open(*fields[2] ? fields[2] : "/dev/null", O_RDONLY | O_CLOEXEC);
	if (in < 0)
		fail("cannot read", fields[2]);
	dup2(in, 0);
	dup2(file_for(fields[1], "stdout"), 1);
	dup2(file_for(fields[1], "stderr"), 2);
	for (int at = 3; at < count; at++)
		putenv(fields[at]);
	const char *seed = lookup("KCONFIG_SEED");
	if (seed)
		srand((unsigned)strtol(seed, NULL, 0));
	struct rlimit largest = { LARGEST_FILE, LARGEST_FILE };
	setrlimit(RLIMIT_FSIZE, &largest);
	alarm(LIMIT_SECONDS);
}

static void serve(void)
{
	static char line[1 << 16];
	sigset_t children, before;
	struct sigaction action = { .sa_handler = on_child };
	fflush(NULL);
	sigemptyset(&children);
	sigaddset(&children, SIGCHLD);
	sigprocmask(SIG_BLOCK, &children, &before);
	sigaction(SIGCHLD, &action, NULL);
	struct { pid_t pid; char id[32]; } running[256] = { 0 };
	for (;;) {
		struct pollfd wait_for = { .fd = requests, .events = POLLIN };
		int ready = ppoll(&wait_for, 1, NULL, &before), status;
		for (pid_t pid; (pid = waitpid(-1, &status, WNOHANG)) > 0;)
			for (int slot = 0; slot < 256; slot++)
				if (running[slot].pid == pid) {
					running[slot].pid = 0;
					dprintf(replies, "%s %d\n", running[slot].id,
						WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
				}
		if (ready <= 0)
			continue;
		if (!next_request(line, sizeof line))
			_exit(0);
		char *fields[MOST_FIELDS];
		int count = 0;
		for (char *rest = line, *field; (field = strsep(&rest, "\t")) && count < MOST_FIELDS;)
			fields[count++] = field;
		pid_t pid = fork();
		if (pid < 0 || count < 3)
			fail("cannot begin", line);
		if (!pid) {
			signal(SIGCHLD, SIG_DFL);
			sigprocmask(SIG_SETMASK, &before, NULL);
			become(fields, count);
			return;
		}
		for (int slot = 0; slot < 256; slot++)
			if (!running[slot].pid) {
				running[slot].pid = pid;
				snprintf(running[slot].id, sizeof running[slot].id, "%s", fields[0]);
				break;
			}
	}
}

char *getenv(const char *name)
{
	if (serve_in && !strncmp(name, "KCONFIG_", 8) && strcmp(name, "KCONFIG_SEED")) {
		serve_in = NULL;
		serve();
	}
	return (char *)lookup(name);
}
