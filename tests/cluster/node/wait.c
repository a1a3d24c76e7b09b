/* Waits until it is told to end: the container that holds a pod's namespaces, and the smallest program there is to
   pull and to run. */
#include <signal.h>
#include <unistd.h>

static void end(int signal)
{
    (void)signal;
    _exit(0);
}

int main(void)
{
    signal(SIGTERM, end);
    signal(SIGINT, end);
    for (;;)
        pause();
}
