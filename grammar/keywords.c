#include "grammar/keywords.h"

#include "compiler/ast_build.h"
#include "grammar/parse.h"

static const struct keyword table[] = {
#define KEYWORD(token, text, class) {text, token, KEYWORD_##class, false},
#define KEYWORD_AGAIN(token, text, class) {text, token, KEYWORD_##class, true},
#include "grammar/keywords.def"
#undef KEYWORD
#undef KEYWORD_AGAIN
};

enum {
	TABLE_COUNT = sizeof(table) / sizeof(table[0]),
#define KEYWORD(token, text, class) +1
#define KEYWORD_AGAIN(token, text, class)
	TOKEN_COUNT = 0
#include "grammar/keywords.def"
#undef KEYWORD
#undef KEYWORD_AGAIN
};

/* bison numbers the tokens in the order of their %token lines, from KW_FIRST to KW_LAST. */
_Static_assert(KW_LAST - KW_FIRST - 1 == TOKEN_COUNT,
               "keywords.def and the %token lines of parse.y differ");
_Static_assert(TABLE_COUNT < 256, "a slot of the index is one byte");

size_t keyword_count(void)
{
	return TABLE_COUNT;
}

const struct keyword *keyword_at(size_t i)
{
	return &table[i];
}

static size_t slot_of(struct str word)
{
	uint32_t hash = 2166136261u; /* FNV-1a over folded letters */

	for (size_t i = 0; i < word.n; i++)
		hash = (hash ^ ((unsigned char)word.p[i] | 0x20)) * 16777619u;
	return (hash ^ (hash >> 15)) % sizeof(((struct keyword_index *)0)->slots);
}

void keyword_index_init(struct keyword_index *index)
{
	*index = (struct keyword_index){0};
	for (size_t i = 0; i < TABLE_COUNT; i++) {
		size_t slot = slot_of(str_of(table[i].text));

		while (index->slots[slot])
			slot = (slot + 1) % sizeof(index->slots);
		index->slots[slot] = (unsigned char)(i + 1);
	}
}

const struct keyword *keyword_find(const struct keyword_index *index, struct str word)
{
	enum { KEYWORD_BYTES_MAX = 32 };

	if (word.n > KEYWORD_BYTES_MAX)
		return NULL;
	for (size_t slot = slot_of(word); index->slots[slot];
	     slot = (slot + 1) % sizeof(index->slots)) {
		const struct keyword *keyword = &table[index->slots[slot] - 1];

		if (str_ieq(word, str_of(keyword->text)))
			return keyword;
	}
	return NULL;
}
