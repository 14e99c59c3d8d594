// A switch on what a table ran: the case of an action that exited does not run.
#include "base.h"

control I(PARAMS) {
	action go() {
		LOG(2);
	}

	action leave() {
		LOG(3);
		exit;
	}

	action drop() {
		mark_to_drop(sm);
		LOG(4);
		exit;
	}

	table t {
		key = {
			hdr.h.a: exact;
		}
		actions = {
			go;
			leave;
			drop;
		}
		const default_action = go();
		const entries = {
			1: leave();
			2: drop();
		}
	}

	apply {
		sm.egress_spec = 1;
		LOG(1);
		switch (t.apply().action_run) {
			leave:
			go: {
				LOG(5);
			}
			drop: {
				LOG(6);
			}
		}
		LOG(7);
	}
}

control E(PARAMS) {
	apply {
		LOG(8);
	}
}

V1Switch(P(), V(), I(), E(), C(), D()) main;
