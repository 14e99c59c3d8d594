/* Classes of the discard model: one table, each class once, each code in one class. */
#include "base/arena.h"
#include "base/discard.h"
#include "unit.h"

static void
classes_have_paths_of_their_own(void **state)
{
	(void)state;
	for (int i = 1; i < DISCARD_CLASSES; i++) {
		assert_int_equal(discard_from_path(str_from(discard_path((enum discard)i))), i);
		if (i != DISCARD_CONTROL_PLANE)
			assert_true(str_starts(discard_text((enum discard)i, true), STR("egress/discards/")));
	}
	assert_int_equal(discard_from_path(STR("policy/l3")), DISCARD_NONE);
	assert_string_equal(discard_text(DISCARD_L3_ACL, false).p, "ingress/discards/policy/l3/acl");
	assert_string_equal(discard_tail_drop(0).p, discard_text(DISCARD_TAIL_DROP, true).p);
	assert_string_equal(discard_tail_drop(7).p, "egress/discards/no-buffer/qos/class[7]/discard-type[tail-drop]");
}

static void
codes_are_there_once(void **state)
{
	uint32_t n;
	const struct discard_code *codes = discard_codes(&n);

	(void)state;
	for (uint32_t i = 0; i < n; i++) {
		assert_true(codes[i].discard > DISCARD_NONE && codes[i].discard < DISCARD_CLASSES);
		for (uint32_t k = 0; k < i; k++)
			assert_false(codes[k].kind == codes[i].kind && codes[k].code == codes[i].code &&
				     strcmp(codes[k].name, codes[i].name) == 0);
	}
	assert_int_equal(discard_of_kernel(STR("SKB_DROP_REASON_NETFILTER_DROP")), DISCARD_L3_ACL);
	assert_int_equal(discard_of_kernel(STR("IP_RPFILTER")), DISCARD_RPF);
	assert_int_equal(discard_of_kernel(STR("NO_SOCKET")), DISCARD_CONTROL_PLANE);
	assert_int_equal(discard_of_code(DISCARD_SFLOW, 257), DISCARD_TTL_EXPIRED);
	assert_int_equal(discard_of_code(DISCARD_INT, 71), DISCARD_TAIL_DROP);
	assert_int_equal(discard_of_code(DISCARD_INT, 999), DISCARD_INTERNAL);
}

static void
reasons_find_their_class(void **state)
{
	struct arena *a = arena_make();
	struct discards d;

	(void)state;
	discards_init(&d, a);
	discards_put(&d, STR("I.t/drop"), DISCARD_NULL_ROUTE, false);
	discards_put(&d, STR("I.t/drop#default"), DISCARD_NO_ROUTE, false);
	assert_string_equal(discards_class(&d, STR("I.t/drop#17"), false).p, "ingress/discards/policy/l3/null-route");
	assert_string_equal(discards_class(&d, STR("I.t/drop#default"), false).p, "ingress/discards/errors/l3/no-route");
	assert_string_equal(discards_class(&d, STR("resubmit/limit"), false).p, "ingress/discards/errors/internal");
	assert_string_equal(discards_class(&d, STR("E/what"), true).p, "egress/discards/policy/l3/acl");
	arena_free(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(classes_have_paths_of_their_own),
		cmocka_unit_test(codes_are_there_once),
		cmocka_unit_test(reasons_find_their_class),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
