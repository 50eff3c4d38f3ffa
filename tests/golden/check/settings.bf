-- Sizes, words, profiles that take in others, and what belongs to bfc.
use './_live.bf';
profile a settings b, max_threads = many;
profile b settings c, max_memory_usage = 10Mb;
profile c settings a;
profile d settings e;
profile e settings max_block_size = '64Ki', max_memory_usage = 99999999999Ti, join_algorithm = 'hash', max_threads = true;
backfill table live from files settings d, a, async_insert = 1, insert_deduplicate = 0;
