// SPDX-License-Identifier: Apache-2.0
/* Waits until SIGTERM or SIGINT. The program of the container that holds a pod's namespaces, and of the minimal image
   that tests push, pull and run. */
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
