#include "runtime/errors.h"

#include <stddef.h>

#define GRANTS                                                                                     \
	"give the user what `CHECK GRANT` in the plan asks for, then run the same command again"
#define DISK "make room on the server's disk, then run the same command again"
#define SOURCE                                                                                     \
	"look whether the source's files are all there and as the file says, then run the same "   \
	"command again"
#define ROWS                                                                                       \
	"a quota or profile of the user limits rows or bytes: raise it for this user, or make "    \
	"smaller chunks"
#define BUCKET                                                                                     \
	"look at the bucket's address, the key and its rights, then run the same command again"

/*
 * By code. Only codes that a migration can meet and that need another class or an advice. Names are
 * those that errorCodeToName() of 26.7 gives. What passes: the network between servers or to a
 * source, a server that starts, stops or has too much to do, Keeper, replicas.
 */
static const struct error_info table[] = {
        {32, "ATTEMPT_TO_READ_AFTER_EOF", ERROR_STOP, SOURCE},
        {33, "CANNOT_READ_ALL_DATA", ERROR_STOP, SOURCE},
        {36, "BAD_ARGUMENTS", ERROR_STOP, NULL},
        {47, "UNKNOWN_IDENTIFIER", ERROR_STOP,
         "compare the names in the file with the columns that the server or the source has"},
        {48, "NOT_IMPLEMENTED", ERROR_STOP, NULL},
        {57, "TABLE_ALREADY_EXISTS", ERROR_STOP, NULL},
        {60, "UNKNOWN_TABLE", ERROR_STOP,
         "a table that the plan needs is gone: create it, or declare it without `external`"},
        {62, "SYNTAX_ERROR", ERROR_STOP,
         "the server's SQL is another version's: compare it with the statement in `bfc compile`"},
        {70, "CANNOT_CONVERT_TYPE", ERROR_STOP,
         "convert the column in the source's SELECT to the table's type"},
        {74, "CANNOT_READ_FROM_FILE_DESCRIPTOR", ERROR_STOP, NULL},
        {75, "CANNOT_WRITE_TO_FILE_DESCRIPTOR", ERROR_STOP, DISK},
        {76, "CANNOT_OPEN_FILE", ERROR_STOP, DISK},
        {77, "CANNOT_CLOSE_FILE", ERROR_STOP, DISK},
        {81, "UNKNOWN_DATABASE", ERROR_STOP, NULL},
        /* A MOVE that failed for want of space may leave a folder; the next try has another name. */
        {84, "DIRECTORY_ALREADY_EXISTS", ERROR_RETRY, NULL},
        {86, "RECEIVED_ERROR_FROM_REMOTE_IO_SERVER", ERROR_STOP, SOURCE},
        {88, "CANNOT_TRUNCATE_FILE", ERROR_STOP, DISK},
        {95, "CANNOT_READ_FROM_SOCKET", ERROR_RETRY, NULL},
        {96, "CANNOT_WRITE_TO_SOCKET", ERROR_RETRY, NULL},
        {107, "FILE_DOESNT_EXIST", ERROR_STOP, SOURCE},
        {115, "UNKNOWN_SETTING", ERROR_STOP,
         "this server does not have the setting: take it out of the file, or use a newer server"},
        {117, "INCORRECT_DATA", ERROR_STOP, SOURCE},
        {122, "INCOMPATIBLE_COLUMNS", ERROR_STOP,
         "the duplicate and the live table differ: did someone ALTER the table during the run?"},
        {158, "TOO_MANY_ROWS", ERROR_STOP, ROWS},
        {159, "TIMEOUT_EXCEEDED", ERROR_STOP,
         "max_execution_time of the user's profile is too short for a chunk: raise it, or make "
         "smaller chunks"},
        {160, "TOO_SLOW", ERROR_STOP,
         "min_execution_speed of the user's profile, or its limit of the time that is expected, "
         "stops the chunk: raise that limit, or make smaller chunks"},
        {164, "READONLY", ERROR_STOP,
         "the user's profile is read-only: use one that may write and change settings"},
        {172, "CANNOT_CREATE_DIRECTORY", ERROR_STOP, DISK},
        {173, "CANNOT_ALLOCATE_MEMORY", ERROR_SMALLER,
         "the machine is out of memory: use `settings low_memory` or smaller chunks"},
        /* The name server, a cable, a busy server: nothing about the plan is wrong. */
        {198, "DNS_ERROR", ERROR_RETRY, NULL},
        {201, "QUOTA_EXCEEDED", ERROR_STOP,
         "raise the user's quota or wait for its next interval, then run the same command again"},
        {202, "TOO_MANY_SIMULTANEOUS_QUERIES", ERROR_RETRY, NULL},
        {203, "NO_FREE_CONNECTION", ERROR_RETRY, NULL},
        {204, "CANNOT_FSYNC", ERROR_STOP, DISK},
        {209, "SOCKET_TIMEOUT", ERROR_RETRY, NULL},
        {210, "NETWORK_ERROR", ERROR_RETRY, NULL},
        /* An earlier try of the same statement is still running: it ends, or it is killed. */
        {216, "QUERY_WITH_SAME_ID_IS_ALREADY_RUNNING", ERROR_RETRY, NULL},
        {225, "NO_ZOOKEEPER", ERROR_RETRY, NULL},
        {233, "BAD_DATA_PART_NAME", ERROR_STOP, NULL},
        {234, "NO_REPLICA_HAS_PART", ERROR_RETRY, NULL},
        /* The server is going down or a merge was stopped for a move. */
        {236, "ABORTED", ERROR_RETRY, NULL},
        {241, "MEMORY_LIMIT_EXCEEDED", ERROR_SMALLER,
         "use `settings low_memory`, fewer workers or smaller chunks"},
        /* Keeper is away: a replicated table takes no writes until it is back. */
        {242, "TABLE_IS_READ_ONLY", ERROR_RETRY, NULL},
        {243, "NOT_ENOUGH_SPACE", ERROR_ROOM, DISK},
        {244, "UNEXPECTED_ZOOKEEPER_ERROR", ERROR_RETRY, NULL},
        /* Merges catch up; limits that don't pass have the same code: see `by_text`. */
        {252, "TOO_MANY_PARTS", ERROR_RETRY, NULL},
        {254, "NO_ACTIVE_REPLICAS", ERROR_RETRY, NULL},
        {255, "TOO_MANY_RETRIES_TO_FETCH_PARTS", ERROR_RETRY, NULL},
        {265, "NO_AVAILABLE_REPLICA", ERROR_RETRY, NULL},
        {279, "ALL_CONNECTION_TRIES_FAILED", ERROR_RETRY, NULL},
        {285, "TOO_FEW_LIVE_REPLICAS", ERROR_RETRY, NULL},
        {286, "UNSATISFIED_QUORUM_FOR_PREVIOUS_WRITE", ERROR_RETRY, NULL},
        {290, "LIMIT_EXCEEDED", ERROR_STOP, NULL},
        {294, "CANNOT_WRITE_TO_FILE", ERROR_STOP, DISK},
        {297, "SHARD_HAS_NO_CONNECTIONS", ERROR_RETRY, NULL},
        {307, "TOO_MANY_BYTES", ERROR_STOP, ROWS},
        {319, "UNKNOWN_STATUS_OF_INSERT", ERROR_RETRY, NULL},
        {344, "SUPPORT_IS_DISABLED", ERROR_STOP, NULL},
        {349, "CANNOT_INSERT_NULL_IN_ORDINARY_COLUMN", ERROR_STOP,
         "the source has NULL where the table takes none: use ifNull() or coalesce() in the "
         "source"},
        {359, "TABLE_SIZE_EXCEEDS_MAX_DROP_SIZE_LIMIT", ERROR_STOP,
         "a staged table is over max_table_size_to_drop: raise that limit, then run the same "
         "command again"},
        /* 429 of the server that a source reads from. */
        {364, "RECEIVED_ERROR_TOO_MANY_REQUESTS", ERROR_RETRY, NULL},
        {369, "ALL_REPLICAS_ARE_STALE", ERROR_RETRY, NULL},
        {373, "SESSION_IS_LOCKED", ERROR_RETRY, NULL},
        /* Left behind by a move that failed, until the server has cleaned up: half a minute. */
        {384, "PART_IS_TEMPORARILY_LOCKED", ERROR_RETRY, NULL},
        /* KILL QUERY by someone, or a server that shuts down: the chunk is begun anew. */
        {394, "QUERY_WAS_CANCELLED", ERROR_RETRY, NULL},
        {395, "FUNCTION_THROW_IF_VALUE_IS_NON_ZERO", ERROR_STOP, NULL},
        {396, "TOO_MANY_ROWS_OR_BYTES", ERROR_STOP, ROWS},
        {407, "DECIMAL_OVERFLOW", ERROR_STOP, NULL},
        {416, "REPLICA_STATUS_CHANGED", ERROR_RETRY, NULL},
        {424, "CANNOT_LINK", ERROR_STOP, DISK},
        {439, "CANNOT_SCHEDULE_TASK", ERROR_RETRY, NULL},
        {452, "SETTING_CONSTRAINT_VIOLATION", ERROR_STOP,
         "the user's profile forbids a setting that the plan pins: use a user without that "
         "constraint"},
        {456, "UNKNOWN_QUERY_PARAMETER", ERROR_STOP, NULL},
        {457, "BAD_QUERY_PARAMETER", ERROR_STOP,
         "a value given with --param does not fit the type that the file declares"},
        {469, "VIOLATED_CONSTRAINT", ERROR_STOP, NULL},
        {473, "DEADLOCK_AVOIDED", ERROR_RETRY, NULL},
        {478, "UNKNOWN_POLICY", ERROR_STOP, NULL},
        {481, "PATH_ACCESS_DENIED", ERROR_STOP,
         "the server may not read or write there: see user_files_path of its configuration and "
         "the rights of the folder"},
        {497, "ACCESS_DENIED", ERROR_STOP, GRANTS},
        /* ClickHouse has tried these many times itself before it gives up. */
        {499, "S3_ERROR", ERROR_STOP, BUCKET},
        {500, "AZURE_BLOB_STORAGE_ERROR", ERROR_STOP, BUCKET},
        {516, "AUTHENTICATION_FAILED", ERROR_STOP,
         "give the user with --user and the password with CLICKHOUSE_PASSWORD or --password-file"},
        {519, "NO_REMOTE_SHARD_AVAILABLE", ERROR_RETRY, NULL},
        {574, "DISTRIBUTED_TOO_MANY_PENDING_BYTES", ERROR_RETRY, NULL},
        /* Of a source that is another database. */
        {614, "POSTGRESQL_CONNECTION_FAILURE", ERROR_RETRY, NULL},
        {630, "HAVE_DEPENDENT_OBJECTS", ERROR_STOP, NULL},
        {636, "CANNOT_EXTRACT_TABLE_STRUCTURE", ERROR_STOP, SOURCE},
        {677, "THREAD_WAS_CANCELED", ERROR_RETRY, NULL},
        {692, "TOO_MANY_MUTATIONS", ERROR_RETRY, NULL},
        /* Tables are loaded in the background after a start. */
        {696, "ASYNC_LOAD_CANCELED", ERROR_RETRY, NULL},
        {700, "USER_SESSION_LIMIT_EXCEEDED", ERROR_RETRY, NULL},
        {723, "PARQUET_EXCEPTION", ERROR_STOP, SOURCE},
        {733, "TABLE_IS_BEING_RESTARTED", ERROR_RETRY, NULL},
        /* The server took a broken connection for the client's wish. */
        {735, "QUERY_WAS_CANCELLED_BY_CLIENT", ERROR_RETRY, NULL},
        {738, "PART_IS_LOCKED", ERROR_RETRY, NULL},
        {745, "SERVER_OVERLOADED", ERROR_RETRY, NULL},
        {749, "TCP_CONNECTION_LIMIT_REACHED", ERROR_RETRY, NULL},
        {751, "ARROWFLIGHT_CONNECTION_FAILURE", ERROR_RETRY, NULL},
        {762, "HTTP_CONNECTION_LIMIT_REACHED", ERROR_RETRY, NULL},
        {763, "SESSION_REFUSED", ERROR_RETRY, NULL},
        {777, "MEMORY_RESERVATION_KILLED", ERROR_SMALLER,
         "use `settings low_memory`, fewer workers or smaller chunks"},
        {778, "MEMORY_RESERVATION_FAILED", ERROR_SMALLER,
         "use `settings low_memory`, fewer workers or smaller chunks"},
        {904, "TOO_MANY_UNAVAILABLE_SHARDS", ERROR_RETRY, NULL},
        {999, "KEEPER_EXCEPTION", ERROR_RETRY, NULL},
        /* Mostly a socket's trouble between the server and the source: url() gives it for a refused
           connection. What does not pass: see `by_text`. */
        {1000, "POCO_EXCEPTION", ERROR_RETRY, NULL},
        /* Of the file system as a rule: a full disk. */
        {1001, "STD_EXCEPTION", ERROR_STOP, DISK},
        {1009, "S3_OBJECT_CHANGED_DURING_READ", ERROR_STOP,
         "the source was written to while it was read: history has to stay as it is"},
};

/* One code for several things, told apart by what the text holds; the first that fits. */
static const struct error_by_text {
	const char *holds;
	struct error_info info;
} by_text[] = {
        /* A gateway's word about the server that a source reads from. */
        {"HTTP status code: 429", {86, "RECEIVED_ERROR_FROM_REMOTE_IO_SERVER", ERROR_RETRY, NULL}},
        {"HTTP status code: 502", {86, "RECEIVED_ERROR_FROM_REMOTE_IO_SERVER", ERROR_RETRY, NULL}},
        {"HTTP status code: 503", {86, "RECEIVED_ERROR_FROM_REMOTE_IO_SERVER", ERROR_RETRY, NULL}},
        {"HTTP status code: 504", {86, "RECEIVED_ERROR_FROM_REMOTE_IO_SERVER", ERROR_RETRY, NULL}},
        {"partitions for single INSERT",
         {252, "TOO_MANY_PARTS", ERROR_STOP,
          "a chunk touches more partitions than max_partitions_per_insert_block: make smaller "
          "chunks"}},
        {"parts at once",
         {252, "TOO_MANY_PARTS", ERROR_STOP,
          "a chunk has more parts in a partition than max_parts_to_move: make smaller chunks"}},
        /* A value over 131,072 bytes (http_max_field_value_size, which a request can't raise). */
        {"Field value too long",
         {1000, "POCO_EXCEPTION", ERROR_STOP,
          "a value is longer than the server takes in a form: fewer files a chunk, or a shorter "
          "--param"}},
        {"certificate verify failed",
         {1000, "POCO_EXCEPTION", ERROR_STOP,
          "the server does not trust the certificate of what it reads from"}},
};

/* The file system's word, which comes with a dozen codes: 75, 76, 172, 204, 424, 1001, … */
static const struct error_info full = {243, "NOT_ENOUGH_SPACE", ERROR_ROOM, DISK};

static const struct error_info unknown = {0, "", ERROR_STOP, NULL};

const struct error_info *error_info(int code)
{
	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
		if (table[i].code == code)
			return &table[i];
	}
	return &unknown;
}

const struct error_info *error_of(int code, struct str text)
{
	for (size_t i = 0; i < sizeof(by_text) / sizeof(*by_text); i++) {
		if (by_text[i].info.code == code && str_find(text, str_of(by_text[i].holds)) >= 0)
			return &by_text[i].info;
	}
	if (str_find(text, STR("No space left on device")) >= 0)
		return &full;
	return error_info(code);
}
