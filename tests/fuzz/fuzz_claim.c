/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The reader of records: what it takes is written and read again as the same. */
#include "claim.h"
#include "config.h"
#include "fuzz.h"

static void settings(const char *text)
{
	AUTO_FREE char *mine = xstrdup(text);
	AUTO_FREE struct config_setting *setting = NULL;
	size_t n = 0;

	if (config_parse_settings(mine, &setting, &n) < 0)
		return;
	for (size_t i = 0; i < n; i++)
		HOLDS(setting[i].key < NIC_KEYS && setting[i].value);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO_FREE char *text = fuzz_text(data, size), *first = NULL, *second = NULL;
	struct claim claim = { 0 }, again = { 0 };

	settings(text);
	if (claim_parse(text, &claim) < 0)
		return 0;
	first = claim_format(&claim);
	HOLDS(!claim_parse(first, &again));
	second = claim_format(&again);
	HOLDS(!strcmp(first, second));
	settings(claim.settings);
	return 0;
}
