/* v1model.p4 - the v1model architecture: what programs for BMv2's simple_switch (and for the embedded
 * switch) find around them. Names, parameters and their order follow BMv2's, so that programs
 * written for it compile unchanged. A program that defines V1MODEL_VERSION as 20200408 or later before
 * the #include gets extern objects with index types (`register<bit<32>, bit<10>>`) and PortId_t. */
#ifndef _V1_MODEL_P4_
#define _V1_MODEL_P4_

#include <core.p4>

#ifndef V1MODEL_VERSION
#define V1MODEL_VERSION 20180101
#endif

match_kind {
	range,    /* low..high */
	optional, /* one value, or anything */
	selector  /* not matched: input of an action_selector's hash */
}

const bit<32> __v1model_version = V1MODEL_VERSION;

#if V1MODEL_VERSION >= 20200408
typedef bit<9> PortId_t;
#endif

/* What the switch knows about the packet, and what the program tells the switch. The order of the
 * fields is part of the interface: programs initialize and digest the struct as a whole. */
@metadata
@name("standard_metadata")
struct standard_metadata_t {
#if V1MODEL_VERSION >= 20200408
	PortId_t ingress_port;
	PortId_t egress_spec;
	PortId_t egress_port;
#else
	bit<9> ingress_port; /* where the packet came in */
	bit<9> egress_spec;  /* where it shall go; written at ingress */
	bit<9> egress_port;  /* where it goes; read at egress */
#endif
	bit<32> instance_type; /* 0 normal, 1 and 2 clones, 4 recirculated, 5 replica, 6 resubmitted */
	bit<32> packet_length; /* bytes */
	/* Of the queue between the controls, in microseconds and packets; set for egress. */
	@alias("queueing_metadata.enq_timestamp")
	bit<32> enq_timestamp;
	@alias("queueing_metadata.enq_qdepth")
	bit<19> enq_qdepth;
	@alias("queueing_metadata.deq_timedelta")
	bit<32> deq_timedelta;
	@alias("queueing_metadata.deq_qdepth")
	bit<19> deq_qdepth;
	/* Microseconds since the switch's start. */
	@alias("intrinsic_metadata.ingress_global_timestamp")
	bit<48> ingress_global_timestamp;
	@alias("intrinsic_metadata.egress_global_timestamp")
	bit<48> egress_global_timestamp;
	@alias("intrinsic_metadata.mcast_grp")
	bit<16> mcast_grp; /* multicast group, 0 for none; goes before egress_spec */
	@alias("intrinsic_metadata.egress_rid")
	bit<16> egress_rid; /* which replica of the group this is */
	bit<1> checksum_error; /* 1 when a verify_checksum failed */
	error parser_error;
	@alias("intrinsic_metadata.priority")
	bit<3> priority; /* queue: higher numbers are served first */
}

enum CounterType {
	packets,
	bytes,
	packets_and_bytes
}

enum MeterType {
	packets,
	bytes
}

/* What a meter returns. */
#define V1MODEL_METER_COLOR_GREEN 0
#define V1MODEL_METER_COLOR_YELLOW 1
#define V1MODEL_METER_COLOR_RED 2

/* Arrays of counters, meters and words. Indexes at or beyond the size: nothing is written, and what is
 * read is not specified. */
#if V1MODEL_VERSION >= 20200408
extern counter<I> {
	counter(bit<32> size, CounterType type);
	void count(in I index);
}

extern meter<I> {
	meter(bit<32> size, MeterType type);
	/* Counts the packet in and tells its color. */
	void execute_meter<T>(in I index, out T result);
}

extern register<T, I> {
	register(bit<32> size);
	@noSideEffects
	void read(out T result, in I index);
	void write(in I index, in T value);
}
#else
extern counter {
	counter(bit<32> size, CounterType type);
	void count(in bit<32> index);
}

extern meter {
	meter(bit<32> size, MeterType type);
	/* Counts the packet in and tells its color. */
	void execute_meter<T>(in bit<32> index, out T result);
}

extern register<T> {
	register(bit<32> size);
	@noSideEffects
	void read(out T result, in bit<32> index);
	void write(in bit<32> index, in T value);
}
#endif

/* One counter or meter per entry of the table that names it in `counters` or `meters`. A direct meter is
 * executed when its table matches; read() gives that color. */
extern direct_counter {
	direct_counter(CounterType type);
	void count();
}

extern direct_meter<T> {
	direct_meter(MeterType type);
	void read(out T result);
}

/* `implementation` of a table: its entries name members, or groups of them, that the control plane
 * shares between entries. A selector picks the group's member by a hash of the selector keys. */
extern action_profile {
	action_profile(bit<32> size);
}

/* Between lo and hi, both included. */
extern void random<T>(out T result, in T lo, in T hi);

/* Sends `data` to the control plane, after ingress. */
extern void digest<T>(in bit<32> receiver, in T data);

enum HashAlgorithm {
	crc32,
	crc32_custom,
	crc16,
	crc16_custom,
	random,
	identity,
	csum16,
	xor16
}

/* Sets egress_spec to the drop port and mcast_grp to 0. Processing goes on, and a later assignment to
 * either undoes it. */
@deprecated("use mark_to_drop(standard_metadata)")
extern void mark_to_drop();
@pure
extern void mark_to_drop(inout standard_metadata_t standard_metadata);

/* base + (hash of data) mod max; base when max is 0. */
@pure
extern void hash<O, T, D, M>(out O result, in HashAlgorithm algo, in T base, in D data, in M max);

extern action_selector {
	action_selector(HashAlgorithm algorithm, bit<32> size, bit<32> outputWidth);
}

/* From ingress to egress: the packet as it came in; from egress to egress: as it leaves. */
enum CloneType {
	I2E,
	E2E
}

@deprecated("use verify_checksum and update_checksum")
extern Checksum16 {
	Checksum16();
	bit<16> get<D>(in D data);
}

/* Verification sets checksum_error; both do nothing unless `condition` holds. The forms with
 * payload add the bytes that the parser did not extract. */
extern void verify_checksum<T, O>(in bool condition, in T data, in O checksum, HashAlgorithm algo);
@pure
extern void update_checksum<T, O>(in bool condition, in T data, inout O checksum, HashAlgorithm algo);
extern void verify_checksum_with_payload<T, O>(in bool condition, in T data, in O checksum,
					       HashAlgorithm algo);
@noSideEffects
extern void update_checksum_with_payload<T, O>(in bool condition, in T data, inout O checksum,
					       HashAlgorithm algo);

/* Copies of the packet, made when the control ends; of several calls the last one counts. Metadata is
 * lost but for the fields marked with the list's number: @field_list(1). */
extern void clone(in CloneType type, in bit<32> session);
extern void clone_preserving_field_list(in CloneType type, in bit<32> session, bit<8> index);
/* Back to the parser: from ingress, as the packet came in; from egress, as it would leave. */
extern void resubmit_preserving_field_list(bit<8> index);
extern void recirculate_preserving_field_list(bit<8> index);
@deprecated("use resubmit_preserving_field_list")
extern void resubmit<T>(in T data);
@deprecated("use recirculate_preserving_field_list")
extern void recirculate<T>(in T data);
@deprecated("use clone_preserving_field_list")
extern void clone3<T>(in CloneType type, in bit<32> session, in T data);

/* Cuts the outgoing packet to so many bytes. */
extern void truncate(in bit<32> length);

/* Both stop the switch with a message when `check` is false; `assume` is what a verifier may rely on. */
extern void assert(in bool check);
extern void assume(in bool check);

/* Writes to the switch's log; {} in msg stands for the next element of data. */
extern void log_msg(string msg);
extern void log_msg<T>(string msg, in T data);

/* The parts of a switch, in the order in which a packet meets them. */
parser Parser<H, M>(packet_in b,
		    out H parsedHdr,
		    inout M meta,
		    inout standard_metadata_t standard_metadata);

/* Only verify_checksum calls and conditions are expected here; and only updates in ComputeChecksum. */
control VerifyChecksum<H, M>(inout H hdr,
			     inout M meta);

@pipeline
control Ingress<H, M>(inout H hdr,
		      inout M meta,
		      inout standard_metadata_t standard_metadata);

@pipeline
control Egress<H, M>(inout H hdr,
		     inout M meta,
		     inout standard_metadata_t standard_metadata);

control ComputeChecksum<H, M>(inout H hdr,
			      inout M meta);

@deparser
control Deparser<H>(packet_out b, in H hdr);

package V1Switch<H, M>(Parser<H, M> p,
		       VerifyChecksum<H, M> vr,
		       Ingress<H, M> ig,
		       Egress<H, M> eg,
		       ComputeChecksum<H, M> ck,
		       Deparser<H> dep);

const bool __v1model_version_known =
	static_assert(V1MODEL_VERSION >= 20180101 && V1MODEL_VERSION <= 20200408, "unknown V1MODEL_VERSION: 20180101 to 20200408 are known");

#endif
