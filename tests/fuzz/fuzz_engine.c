/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a container engine answers, or somebody at its socket. */
#include "engine.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO_FREE char *text = fuzz_text(data, size), *message = NULL;
	struct engine_container container;
	struct engine_event event;

	if (!engine_parse_container(text, &container))
		HOLDS(!engine_check_name(container.name));
	if (!engine_parse_event(text, &event))
		HOLDS(!engine_check_name(event.name));
	message = engine_parse_message(text);
	if (message)
		HOLDS(!strpbrk(message, "\n\033"));
	return 0;
}
