/*
 * The keeper of a scratch server: a process between us and the server. It lives in a session of its own, so that a
 * terminal's Ctrl-C does not reach it, and ends with our end of the lifeline, however that came.
 */
#include "run/scratch_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <grp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { LOOK_MS = 100, END_MS = 10000, REMOVALS = 50 };

static int remove_one(const char *path, const struct stat *state, int kind, struct FTW *walk)
{
	(void)state;
	(void)kind;
	(void)walk;
	remove(path);
	return 0;
}

void iw_scratch_remove(const char *folder)
{
	/* A server's own children may still be writing. */
	for (int i = 0; i < REMOVALS && access(folder, F_OK) == 0; i++) {
		if (i > 0)
			g_usleep(LOOK_MS * 1000);
		nftw(folder, remove_one, 32, FTW_DEPTH | FTW_PHYS);
	}
}

static void become(const struct scratch_job *job)
{
	if (job->user != 0 && (setgroups(0, NULL) != 0 || setgid(job->group) != 0 || setuid(job->user) != 0))
		_exit(126);
}

static pid_t launch(const struct scratch_job *job, char **words)
{
	pid_t pid = fork();
	if (pid != 0)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL); /* a killed keeper leaves no server */
	become(job);
	prctl(PR_SET_PDEATHSIG, SIGKILL); /* which changing the user has cleared */
	execv(words[0], words);
	_exit(127);
}

/* True when the other end of the lifeline is closed; waits a little. */
static bool is_cut(int lifeline)
{
	struct pollfd watched = {.fd = lifeline, .events = POLLIN};
	return poll(&watched, 1, LOOK_MS) > 0;
}

/* Its exit status; -1 when the lifeline was cut first, and it was killed. */
static int wait_for(pid_t pid, int lifeline)
{
	int status = 0;
	while (waitpid(pid, &status, WNOHANG) == 0) {
		if (!is_cut(lifeline))
			continue;
		kill(pid, SIGKILL);
		waitpid(pid, &status, 0);
		return -1;
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

static void end_server(const struct scratch_job *job, pid_t pid)
{
	const int signals[] = {job->end_signal, SIGQUIT, SIGKILL}; /* politely, at once, by the kernel */
	for (size_t i = 0; i < G_N_ELEMENTS(signals); i++) {
		kill(pid, signals[i]);
		for (int waited = 0; waited < END_MS; waited += 10) {
			if (waitpid(pid, NULL, WNOHANG) != 0)
				return;
			g_usleep(10000);
		}
	}
}

static void tell(int news, char what)
{
	if (write(news, &what, 1) != 1)
		_exit(1);
}

static void keep_server(const struct scratch_job *job, int lifeline, int news)
{
	if (job->make != NULL) {
		pid_t maker = launch(job, job->make);
		int status = maker < 0 ? 1 : wait_for(maker, lifeline);
		if (status < 0)
			return;
		if (status > 0) {
			tell(news, 'm');
			while (!is_cut(lifeline))
				;
			return;
		}
	}
	pid_t server = launch(job, job->server);
	while (server > 0 && !is_cut(lifeline)) {
		if (waitpid(server, NULL, WNOHANG) == 0)
			continue;
		server = -1;
		tell(news, 's');
	}
	if (server > 0)
		end_server(job, server);
	while (!is_cut(lifeline))
		;
}

static void be_keeper(const struct scratch_job *job, int lifeline, int news)
{
	setsid();
	for (int number = 1; number < 32; number++)
		if (number != SIGCHLD && number != SIGKILL && number != SIGSTOP)
			signal(number, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	int log = open(job->log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	if (null < 0 || log < 0 || chdir("/") != 0)
		_exit(1);
	dup2(null, 0);
	dup2(log, 1);
	dup2(log, 2);
	keep_server(job, lifeline, news);
	iw_scratch_remove(job->folder);
	_exit(0);
}

bool iw_scratch_keep(const struct scratch_job *job, GPid *pid, int *lifeline, int *news)
{
	int line[2], told[2];
	if (pipe2(line, O_CLOEXEC) != 0)
		return false;
	if (pipe2(told, O_CLOEXEC) != 0) {
		close(line[0]);
		close(line[1]);
		return false;
	}
	*pid = fork();
	if (*pid == 0) {
		close(line[1]);
		close(told[0]);
		be_keeper(job, line[0], told[1]);
	}
	close(line[0]);
	close(told[1]);
	*lifeline = line[1];
	*news = told[0];
	if (*pid > 0)
		return true;
	close(line[1]);
	close(told[0]);
	return false;
}
