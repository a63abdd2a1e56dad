/*
 * measure FILE COMMAND...: runs the command and writes "seconds kilobytes status processor" to FILE: wall time, the
 * largest resident set of the command alone, and its seconds of processor time. A process started from a large one
 * counts that one's memory as its own; this program is small.
 */
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double now(void)
{
	struct timespec time;
	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

int main(int argc, char **argv)
{
	if (argc < 3)
		return 2;
	double start = now();
	pid_t child = fork();
	if (child == 0) {
		execvp(argv[2], argv + 2);
		_exit(127);
	}
	int status = 0;
	struct rusage usage;
	if (child < 0 || wait4(child, &status, 0, &usage) < 0)
		return 2;
	double seconds = now() - start;
	FILE *out = fopen(argv[1], "w");
	if (out == NULL)
		return 2;
	double processor = (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
			   (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
	fprintf(out, "%.6f %ld %d %.6f\n", seconds, usage.ru_maxrss, WIFEXITED(status) ? WEXITSTATUS(status) : 128,
		processor);
	return fclose(out) == 0 ? 0 : 2;
}
