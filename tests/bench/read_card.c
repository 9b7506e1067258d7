/*
 * The least PC/SC client: reads a card by sending given commands, again and again, and prints how long each read took.
 *
 *   read_card READER COMMANDS COUNT
 *
 * COMMANDS is a file of hexadecimal command APDUs, one a line. A read is what a program must do for a card it finds: look
 * which readers are there and what is in them, connect (shared), begin a transaction, send the commands, end, disconnect.
 * One line per read goes to standard output: nanoseconds, and a checksum of all answers, so that nobody can measure a read
 * that read nothing.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <winscard.h>

#define MOST_COMMANDS 64

static unsigned char commands[MOST_COMMANDS][261];
static DWORD lengths[MOST_COMMANDS];
static int count;

static void check(LONG code, const char *what)
{
	if (code != SCARD_S_SUCCESS) {
		fprintf(stderr, "%s: 0x%08lX\n", what, (unsigned long)code & 0xFFFFFFFFul);
		exit(1);
	}
}

static void load(const char *path)
{
	char line[600];
	FILE *file = fopen(path, "r");
	if (file == NULL) {
		perror(path);
		exit(1);
	}
	while (count < MOST_COMMANDS && fgets(line, sizeof line, file) != NULL) {
		unsigned int byte;
		DWORD length = 0;
		for (const char *at = line; sscanf(at, "%2x", &byte) == 1; at += 2)
			commands[count][length++] = (unsigned char)byte;
		if (length > 0)
			lengths[count++] = length;
	}
	fclose(file);
}

static uint64_t now(void)
{
	struct timespec time;
	clock_gettime(CLOCK_MONOTONIC, &time);
	return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

static uint32_t read_once(SCARDCONTEXT context, const char *reader)
{
	char names[2048];
	DWORD length = sizeof names, protocol;
	SCARDHANDLE card;
	uint32_t sum = 2166136261u;
	SCARD_READERSTATE state;

	check(SCardListReaders(context, NULL, names, &length), "SCardListReaders");
	memset(&state, 0, sizeof state);
	state.szReader = reader;
	check(SCardGetStatusChange(context, 0, &state, 1), "SCardGetStatusChange");
	check(SCardConnect(context, reader, SCARD_SHARE_SHARED, SCARD_PROTOCOL_T0 | SCARD_PROTOCOL_T1, &card, &protocol),
	      "SCardConnect");
	check(SCardBeginTransaction(card), "SCardBeginTransaction");
	for (int i = 0; i < count; i++) {
		unsigned char answer[264];
		DWORD received = sizeof answer;
		const SCARD_IO_REQUEST *pci = protocol == SCARD_PROTOCOL_T0 ? SCARD_PCI_T0 : SCARD_PCI_T1;
		check(SCardTransmit(card, pci, commands[i], lengths[i], NULL, answer, &received), "SCardTransmit");
		for (DWORD j = 0; j < received; j++)
			sum = (sum ^ answer[j]) * 16777619u;
	}
	check(SCardEndTransaction(card, SCARD_LEAVE_CARD), "SCardEndTransaction");
	check(SCardDisconnect(card, SCARD_LEAVE_CARD), "SCardDisconnect");
	return sum;
}

int main(int argc, char **argv)
{
	SCARDCONTEXT context;
	if (argc != 4) {
		fprintf(stderr, "usage: read_card READER COMMANDS COUNT\n");
		return 2;
	}
	load(argv[2]);
	check(SCardEstablishContext(SCARD_SCOPE_SYSTEM, NULL, NULL, &context), "SCardEstablishContext");
	for (int i = atoi(argv[3]); i > 0; i--) {
		uint64_t start = now();
		uint32_t sum = read_once(context, argv[1]);
		printf("%llu %08x\n", (unsigned long long)(now() - start), sum);
	}
	check(SCardReleaseContext(context), "SCardReleaseContext");
	return 0;
}
