#include "ui/run_options.h"

/* Splits `PORT@rest`; false when there is no port before the @. */
static bool
split_port(struct str s, uint32_t *ret_port, struct str *ret_rest)
{
	int64_t at = str_find(s, '@');
	uint64_t port;

	if (at <= 0 || !units_number(str_sub(s, 0, (uint32_t)at), &port) || port >= PS_DROP_PORT)
		return false;
	*ret_port = (uint32_t)port;
	*ret_rest = str_sub(s, (uint32_t)at + 1, s.n);
	return ret_rest->n > 0;
}

static int
parse_files(const struct run_args *args, struct arena *a, const char **texts, const char *option, struct run_files *files)
{
	for (uint32_t i = 0; texts && texts[i]; i++) {
		struct run_file f;
		struct str rest;

		if (!split_port(str_from(texts[i]), &f.port, &rest))
			return ui_usage(args->command, "%s %s: PORT@%s is expected, with a port from 0 to %u", option, texts[i],
					args->is_live ? "INTERFACE" : "FILE", PS_DROP_PORT - 1);
		f.path = str_cstr(a, rest);
		vec_push(a, files, f);
	}
	return UI_DONE;
}

static int
parse_queues(const struct run_args *args, struct arena *a, const char **texts, const char *option, const char *expected,
	     bool (*parse)(struct str, uint64_t *, enum units *), struct run_queues *queues)
{
	for (uint32_t i = 0; texts && texts[i]; i++) {
		struct run_queue q = { .port = SW_ALL };
		struct str rest = str_from(texts[i]);

		if (str_find(rest, '@') >= 0 && !split_port(rest, &q.port, &rest))
			return ui_usage(args->command, "%s %s: a port from 0 to %u is expected before the @", option, texts[i],
					PS_DROP_PORT - 1);
		if (!parse(rest, &q.value, &q.unit) || !q.value)
			return ui_usage(args->command, "%s %s: %s is expected", option, texts[i], expected);
		vec_push(a, queues, q);
	}
	return UI_DONE;
}

int
run_parse(struct arena *a, struct run_args *args)
{
	int status = parse_files(args, a, args->inputs, "-i", &args->in);

	if (status == UI_DONE)
		status = parse_files(args, a, args->outputs, "-o", &args->out);
	if (status == UI_DONE)
		status = parse_queues(args, a, args->rates, "--queue-rate", "a rate such as 1000pps or 10Mbps", units_rate,
				      &args->rate);
	if (status == UI_DONE)
		status = parse_queues(args, a, args->depths, "--queue-depth", "a depth such as 40 (packets) or 64KB",
				      units_amount, &args->depth);
	if (status == UI_DONE && (args->exemplars < 0 || args->exemplars > 1000))
		status = ui_usage(args->command, "--exemplars wants a number of packets from 0 to 1000");
	if (status == UI_DONE && args->json && args->csv)
		status = ui_usage(args->command, "--json or --csv, not both");
	return status;
}

int
run_set_queues(struct sw *sw, const struct run_args *args)
{
	int e = 0;

	vec_each(d, &args->depth)
		if (e == 0)
			e = sw_set_queue_depth(sw, d->port, SW_ALL, d->value, d->unit == UNITS_BYTES);
	vec_each(r, &args->rate)
		if (e == 0)
			e = r->unit == UNITS_BITS ? sw_set_port_rate(sw, r->port, r->value) :
						    sw_set_queue_rate(sw, r->port, SW_ALL, r->value);
	return e;
}
