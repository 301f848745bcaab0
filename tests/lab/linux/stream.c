// A mebibyte there and back over a socket: stream echo ADDRESS waits for a caller and returns what comes; stream check ADDRESS [LINE] calls,
// sends LINE if there is one and awaits a line as the answer, then sends bytes and compares those that come back.
// ADDRESS is vsock:CID:PORT, where CID -1 is any, or unix:PATH.
#include <linux/vm_sockets.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

enum { LENGTH = 1 << 20 };

static unsigned char content[LENGTH], back[LENGTH];

static void require(int is_right, const char *what)
{
    if (is_right)
        return;
    perror(what);
    exit(1);
}

static int open_socket(const char *text, struct sockaddr_storage *address, socklen_t *length)
{
    struct sockaddr_vm *vm = (struct sockaddr_vm *)address;
    struct sockaddr_un *local = (struct sockaddr_un *)address;
    int cid, port;
    memset(address, 0, sizeof *address);
    if (sscanf(text, "vsock:%d:%d", &cid, &port) == 2)
    {
        vm->svm_family = AF_VSOCK;
        vm->svm_cid = (unsigned)cid;
        vm->svm_port = (unsigned)port;
        *length = sizeof *vm;
    }
    else
    {
        local->sun_family = AF_UNIX;
        require(strncmp(text, "unix:", 5) == 0 && strlen(text + 5) < sizeof local->sun_path, text);
        strcpy(local->sun_path, text + 5);
        *length = sizeof *local;
    }
    int opened = socket(address->ss_family, SOCK_STREAM, 0);
    require(opened >= 0, "socket");
    return opened;
}

static void send_all(int to, const void *bytes, size_t length)
{
    for (size_t done = 0; done < length;)
    {
        ssize_t part = write(to, (const char *)bytes + done, length - done);
        require(part > 0, "write");
        done += (size_t)part;
    }
}

static int echo(const char *text)
{
    struct sockaddr_storage address;
    socklen_t length;
    int listener = open_socket(text, &address, &length);
    require(bind(listener, (struct sockaddr *)&address, length) == 0, "bind");
    require(listen(listener, 1) == 0, "listen");
    printf("stream listens\n");
    fflush(stdout);
    int caller = accept(listener, NULL, NULL);
    require(caller >= 0, "accept");
    ssize_t part;
    while ((part = read(caller, back, sizeof back)) > 0)
        send_all(caller, back, (size_t)part);
    require(part == 0, "read");
    return 0;
}

static int check(const char *text, const char *line)
{
    struct sockaddr_storage address;
    socklen_t length;
    int peer = open_socket(text, &address, &length);
    require(connect(peer, (struct sockaddr *)&address, length) == 0, "connect");
    if (line)
    {
        send_all(peer, line, strlen(line));
        send_all(peer, "\n", 1);
        for (char byte = 0; byte != '\n';)
            require(read(peer, &byte, 1) == 1, "answer");
    }
    FILE *random = fopen("/dev/urandom", "r");
    require(random && fread(content, 1, LENGTH, random) == LENGTH, "/dev/urandom");
    pid_t sender = fork();
    require(sender >= 0, "fork");
    if (sender == 0)
    {
        send_all(peer, content, LENGTH);
        require(shutdown(peer, SHUT_WR) == 0, "shutdown");
        exit(0);
    }
    size_t done = 0;
    for (ssize_t part; done < LENGTH && (part = read(peer, back + done, LENGTH - done)) > 0;)
        done += (size_t)part;
    char more;
    require(done == LENGTH && read(peer, &more, 1) == 0, "read");
    require(memcmp(content, back, LENGTH) == 0, "other bytes");
    int status;
    require(wait(&status) == sender && status == 0, "sender");
    printf("stream: %zu bytes came back\n", done);
    return 0;
}

int main(int count, char **arguments)
{
    if (count == 3 && strcmp(arguments[1], "echo") == 0)
        return echo(arguments[2]);
    if ((count == 3 || count == 4) && strcmp(arguments[1], "check") == 0)
        return check(arguments[2], count == 4 ? arguments[3] : NULL);
    fprintf(stderr, "stream echo ADDRESS | stream check ADDRESS [LINE]\n");
    return 2;
}
