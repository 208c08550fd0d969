# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What of JSON Schema doc/list.schema.json uses, for jq: VALUE | wrong(SCHEMA) is a line for each thing that is wrong.
# A schema that uses more is wrong, too, so that nothing goes unchecked.

def kind: if type == "number" and floor == . then "integer" else type end;

def known: ["$comment", "$schema", "title", "description", "type", "required", "additionalProperties", "properties",
	"items", "enum", "pattern", "minimum", "maximum", "anyOf", "$ref", "$defs"];

def wrong($root; $schema; $path):
	. as $value
	| (($schema | keys) - known | map("\($path): the schema has \(.), which this checker does not know")[]),
	if $schema["$ref"] then
		wrong($root; $root["$defs"][$schema["$ref"] | ltrimstr("#/$defs/")]; $path)
	elif $schema.anyOf then
		if any($schema.anyOf[]; . as $s | [$value | wrong($root; $s; $path)] == []) then empty
		else "\($path): \($value | tojson) is nothing of anyOf" end
	elif $schema.type == null then
		"\($path): the schema has no type"
	elif ([$schema.type] | flatten | index([$value | kind])) == null then
		"\($path): \($value | tojson) is not \($schema.type | tojson)"
	else
		(if $schema.enum and ($schema.enum | index([$value])) == null
			then "\($path): \($value | tojson) is none of \($schema.enum | tojson)" else empty end),
		(if $value == null then empty
		elif $schema.pattern and ($value | test($schema.pattern) | not) then "\($path): \($value) does not match"
		elif $schema.minimum and $value < $schema.minimum then "\($path): \($value) is too small"
		elif $schema.maximum and $value > $schema.maximum then "\($path): \($value) is too large"
		elif $value | type == "array" then
			range($value | length) as $i | $value[$i] | wrong($root; $schema.items; "\($path)[\($i)]")
		elif $value | type == "object" then
			(if $schema.additionalProperties == false then empty
				else "\($path): the schema allows keys that it does not name" end),
			(($value | keys) - ($schema.properties | keys) | map("\($path).\(.): not in the schema")[]),
			(($schema.properties | keys) - $schema.required | map("\($path).\(.): the schema does not require it")[]),
			($schema.required - ($value | keys) | map("\($path).\(.): missing")[]),
			(($value | keys)[] as $k | $schema.properties[$k] | select(.) as $s
				| $value[$k] | wrong($root; $s; "\($path).\($k)"))
		else empty end)
	end;

def wrong($schema): wrong($schema; $schema; "$");
