//! `mask-emails` without a kit: the contract by hand, to show that `wit/transform.wit` is all that a plugin needs.
//!
//! A plugin is a component, and a component is a core WebAssembly module with a description of its interface around it.
//! The wrapping is mechanical (`gen plugin build core.wasm`). What is in the module is this file, in four parts:
//!
//! 1. Names: which functions it exports and imports.
//! 2. Layout: how the contract's records lie in memory. The rules are the component model's "canonical ABI", which are
//!    those of C: each field at a multiple of its own size, 32-bit pointers. So `extern struct`s follow the WIT line by
//!    line.
//! 3. Memory: who puts what where, and for how long.
//! 4. The plugin itself.
//!
//! Any language that can write such a file can make a plugin.

const std = @import("std");

// -- 1. Names ---------------------------------------------------------------------------------------------------------
//
// An export is called `PACKAGE/INTERFACE@VERSION#FUNCTION`. Parameters arrive flattened: a record as its fields, a list
// as pointer and length. More than one word of result does not fit into a core function's result: it is written to
// memory, and its address is returned.

/// `describe: func() -> descriptor`
export fn @"sluice:transform/plugin@1.0.0#describe"() *const Descriptor {
    return &descriptor;
}

/// `configure: func(schema: list<field>, config: list<tuple<string, string>>) -> result<list<field>, failure>`
export fn @"sluice:transform/plugin@1.0.0#configure"(
    schema_ptr: ?[*]Field,
    schema_len: usize,
    config_ptr: ?[*]Entry,
    config_len: usize,
) *const Result(List(Field)) {
    const schema: List(Field) = .{ .ptr = schema_ptr, .len = schema_len };
    const config: List(Entry) = .{ .ptr = config_ptr, .len = config_len };
    const answer = struct {
        var result: Result(List(Field)) = undefined;
    };
    answer.result = configure(schema.items(), config.items());
    return &answer.result;
}

/// `transform: func(input: batch, origin: origin) -> result<output, failure>`. Both records are flattened: `rows` and
/// `columns` of the batch, then `pipeline`, `source`, `first-row` and `received-at` of the origin.
export fn @"sluice:transform/plugin@1.0.0#transform"(
    rows: u32,
    columns_ptr: ?[*]Column,
    columns_len: usize,
    _: ?[*]u8,
    _: usize,
    _: ?[*]u8,
    _: usize,
    _: i64,
    _: i64,
) *const Result(Output) {
    const columns: List(Column) = .{ .ptr = columns_ptr, .len = columns_len };
    const answer = struct {
        var result: Result(Output) = undefined;
    };
    answer.result = transform(rows, columns.items());
    return &answer.result;
}

/// The host calls it when it has read an answer, which may go from then on. Optional, as the other two are.
export fn @"cabi_post_sluice:transform/plugin@1.0.0#transform"(_: *const Result(Output)) void {
    forget();
}

export fn @"cabi_post_sluice:transform/plugin@1.0.0#configure"(_: *const Result(List(Field))) void {
    forget();
}

/// The host calls it to put parameters into the module's memory: `old` is null then. The name is fixed.
export fn cabi_realloc(old: ?[*]u8, old_len: usize, alignment: usize, len: usize) [*]u8 {
    // An empty list needs no memory, but an address that is not 0.
    if (len == 0) return @ptrFromInt(alignment);
    const new = call.allocator().alignedAlloc(u8, .@"8", len) catch @panic("out of memory");
    if (old) |bytes| @memcpy(new[0..@min(old_len, len)], bytes[0..@min(old_len, len)]);
    return new.ptr;
}

/// `write: func(level: severity, message: string)` of the interface `log`, the only import that there may be.
extern "sluice:transform/log@1.0.0" fn write(level: u32, message_ptr: [*]const u8, message_len: usize) void;

fn log(level: Severity, message: []const u8) void {
    write(@backingInt(level), message.ptr, message.len);
}

/// A line of severity `error` before a trap becomes the reason that goes with the rejected row.
pub const panic = std.debug.FullPanic(logPanic);

fn logPanic(message: []const u8, _: ?usize) noreturn {
    log(.@"error", message);
    @trap();
}

// -- 2. Layout --------------------------------------------------------------------------------------------------------

/// `list<T>`: 8 bytes. The pointer of an empty one says nothing, and is not to be followed.
fn List(comptime T: type) type {
    return extern struct {
        ptr: ?[*]T = null,
        len: usize = 0,

        fn of(values: []const T) @This() {
            return .{ .ptr = @constCast(values.ptr), .len = values.len };
        }

        fn items(list: @This()) []T {
            return if (list.len == 0) &.{} else list.ptr.?[0..list.len];
        }
    };
}

/// `string`: a list of bytes that are UTF-8.
const String = List(u8);

/// `tuple<string, string>`: 16 bytes.
const Entry = extern struct { key: String, value: String };

/// `record bytes-column`: 16 bytes.
const BytesColumn = extern struct { offsets: List(u32), data: List(u8) };

/// `variant values`: a byte that says which case it is, by its place in the declaration; then the case, as far behind as
/// the strictest of all cases wants (here 4 bytes). 20 bytes.
const Values = extern struct {
    case: enum(u8) { bytes, integers, floats, booleans },
    of: extern union {
        bytes: BytesColumn,
        integers: List(i64),
        floats: List(f64),
        booleans: List(u8),
    },
};

/// `record column`: 28 bytes.
const Column = extern struct { values: Values, validity: List(u8) };

/// `record field`: 20 bytes, of which the last 3 are padding.
const Field = extern struct { name: String, logical: String, nullable: bool };

/// `variant out-column`: 32 bytes.
const OutColumn = extern struct {
    case: enum(u8) { keep, replace },
    of: extern union { keep: u32, replace: Column },

    fn keep(index: usize) OutColumn {
        return .{ .case = .keep, .of = .{ .keep = @intCast(index) } };
    }

    fn replace(values: Values, validity: List(u8)) OutColumn {
        return .{ .case = .replace, .of = .{ .replace = .{ .values = values, .validity = validity } } };
    }
};

/// `enum severity`: a byte.
const Severity = enum(u8) { info, warning, @"error" };

/// `option<T>`: a variant whose second case has a value.
fn Option(comptime T: type) type {
    return extern struct { is_some: bool, value: T };
}

/// `record finding`: 32 bytes.
const Finding = extern struct {
    row: u32,
    column: Option(u32),
    severity: Severity,
    code: String,
    message: String,
};

/// `record output`: 40 bytes.
const Output = extern struct {
    rows: u32,
    columns: List(OutColumn),
    source_rows: Option(List(u32)),
    rejected: List(u32),
    findings: List(Finding),
};

/// `record descriptor`: 40 bytes.
const Descriptor = extern struct {
    name: String,
    version: String,
    inputs: List(Field),
    outputs: List(Field),
    config_schema: String,
};

/// `record failure`: 16 bytes.
const Failure = extern struct { code: String, message: String };

/// `result<T, failure>`: a variant with the cases `ok` and `err`.
fn Result(comptime T: type) type {
    return extern struct {
        case: enum(u8) { ok, err },
        of: extern union { ok: T, err: Failure },

        fn ok(value: T) @This() {
            return .{ .case = .ok, .of = .{ .ok = value } };
        }

        fn err(code: []const u8, message: []const u8) @This() {
            return .{ .case = .err, .of = .{ .err = .{ .code = .of(code), .message = .of(message) } } };
        }
    };
}

comptime {
    // What the host takes for granted.
    std.debug.assert(@sizeOf(Values) == 20 and @sizeOf(Column) == 28 and @sizeOf(Field) == 20);
    std.debug.assert(@sizeOf(OutColumn) == 32 and @sizeOf(Finding) == 32 and @sizeOf(Output) == 40);
    std.debug.assert(@sizeOf(Result(Output)) == 44 and @offsetOf(Finding, "code") == 16);
}

// -- 3. Memory --------------------------------------------------------------------------------------------------------
//
// Parameters are the module's from the call on; an answer is to stay until `cabi_post_…`. So everything of a call, its
// parameters included, goes into one arena, which is emptied at its end. Only what `configure` finds out lasts longer.

var call: std.heap.ArenaAllocator = .init(std.heap.wasm_allocator);
var lasting: std.heap.ArenaAllocator = .init(std.heap.wasm_allocator);

fn forget() void {
    _ = call.reset(.retain_capacity);
}

fn format(comptime text: []const u8, arguments: anytype) []const u8 {
    return std.fmt.allocPrint(call.allocator(), text, arguments) catch @panic("out of memory");
}

/// A list with room for `capacity` values, which grows in the call's arena.
fn Growing(comptime T: type) type {
    return struct {
        list: std.ArrayList(T),

        fn init(capacity: usize) @This() {
            return .{ .list = std.ArrayList(T).initCapacity(call.allocator(), capacity) catch @panic("out of memory") };
        }

        fn add(growing: *@This(), value: T) void {
            growing.list.append(call.allocator(), value) catch @panic("out of memory");
        }

        fn addAll(growing: *@This(), values: []const T) void {
            growing.list.appendSlice(call.allocator(), values) catch @panic("out of memory");
        }

        /// Adds text with A to Z as a to z.
        fn addLower(growing: *@This(), text: []const u8) void {
            const room = growing.list.addManyAsSlice(call.allocator(), text.len) catch @panic("out of memory");
            for (room, text) |*to, byte| to.* = std.ascii.toLower(byte);
        }

        fn finish(growing: @This()) List(T) {
            return .of(growing.list.items);
        }
    };
}

// -- 4. The plugin ----------------------------------------------------------------------------------------------------

fn field(name: []const u8, logical: []const u8) Field {
    return .{ .name = .of(name), .logical = .of(logical), .nullable = true };
}

const read = [_]Field{ field("id", "text"), field("email", "text"), field("score", "integer") };
const made = read ++ [_]Field{field("domain", "text")};

/// Other names that files have for each of `read`.
const aliases = [read.len][]const []const u8{ &.{}, &.{ "e-mail address", "mail" }, &.{} };

const descriptor: Descriptor = .{
    .name = .of("mask-emails"),
    .version = .of("0.1.0"),
    .inputs = .of(&read),
    .outputs = .of(&made),
    .config_schema = .of(
        "{\"type\":\"object\",\"properties\":{\"drop_domains\":{\"type\":\"string\"}," ++
            "\"keep_first\":{\"type\":\"boolean\"}},\"additionalProperties\":false}",
    ),
};

/// What `configure` found out.
var settings: struct {
    drop_domains: []const []const u8 = &.{},
    keep_first: bool = true,
    /// The input column of each of `read`.
    columns: [read.len]?usize = @splat(null),
    /// Input columns that go through untouched, behind the plugin's own.
    passed: []const usize = &.{},
} = .{};

const blanks = " \t\n\x0b\x0c\r";

fn trim(text: []const u8) []const u8 {
    return std.mem.trim(u8, text, blanks);
}

fn configure(schema: []const Field, config: []const Entry) Result(List(Field)) {
    return tryConfigure(schema, config) catch @panic("out of memory");
}

fn tryConfigure(schema: []const Field, config: []const Entry) error{OutOfMemory}!Result(List(Field)) {
    const allocator = lasting.allocator();
    for (config) |entry| {
        const key = entry.key.items();
        if (!std.mem.eql(u8, key, "drop_domains") and !std.mem.eql(u8, key, "keep_first")) {
            return .err("unknown_config", format("`{s}` is not known; known are `drop_domains`, `keep_first`", .{key}));
        }
    }
    var drop_domains: std.ArrayList([]const u8) = .empty;
    for (config) |entry| {
        const value = entry.value.items();
        if (std.mem.eql(u8, entry.key.items(), "drop_domains")) {
            // A list of the manifest arrives as JSON. Names have no commas, quotes or brackets.
            const around = if (std.mem.startsWith(u8, trim(value), "[")) "[]\" \t\r\n" else "";
            var names = std.mem.splitScalar(u8, value, ',');
            while (names.next()) |part| {
                const name = trim(std.mem.trim(u8, part, around));
                if (name.len > 0) {
                    try drop_domains.append(allocator, try std.ascii.allocLowerString(allocator, name));
                }
            }
        } else if (std.mem.eql(u8, trim(value), "true")) {
            settings.keep_first = true;
        } else if (std.mem.eql(u8, trim(value), "false")) {
            settings.keep_first = false;
        } else {
            return .err("bad_config", format("`keep_first` is `{s}`, and should be `true` or `false`", .{value}));
        }
    }
    settings.drop_domains = drop_domains.items;

    settings.columns = findColumns(schema);
    var outputs: Growing(Field) = .init(made.len + schema.len);
    outputs.addAll(&made);
    var passed: std.ArrayList(usize) = .empty;
    for (schema, 0..) |column, index| {
        var is_taken = std.mem.indexOfScalar(?usize, &settings.columns, index) != null;
        for (outputs.list.items) |output| {
            is_taken = is_taken or std.mem.eql(u8, output.name.items(), column.name.items());
        }
        if (!is_taken) {
            try passed.append(allocator, index);
            outputs.add(column);
        }
    }
    settings.passed = passed.items;
    log(.info, format("drops {d} domains", .{drop_domains.items.len}));
    return .ok(outputs.finish());
}

/// Which columns `read` are: by the exact name, then by one that differs in case and punctuation, then by aliases.
fn findColumns(schema: []const Field) [read.len]?usize {
    var found: [read.len]?usize = @splat(null);
    for (0..4) |pass| {
        for (read, aliases, &found) |wanted, others, *place| {
            if (place.* != null or (pass >= 2 and others.len < pass - 1)) continue;
            const name = if (pass < 2) wanted.name.items() else others[pass - 2];
            for (schema, 0..) |column, index| {
                const other = column.name.items();
                const is_it = if (pass == 0) std.mem.eql(u8, other, name) else isAlike(other, name);
                if (is_it and std.mem.indexOfScalar(?usize, &found, index) == null) {
                    place.* = index;
                    break;
                }
            }
        }
    }
    return found;
}

/// Whether two names have the same letters and digits, but for case.
fn isAlike(a: []const u8, b: []const u8) bool {
    var left = a;
    var right = b;
    while (true) {
        while (left.len > 0 and isIgnored(left[0])) left = left[1..];
        while (right.len > 0 and isIgnored(right[0])) right = right[1..];
        if (left.len == 0 or right.len == 0) return left.len == right.len;
        if (std.ascii.toLower(left[0]) != std.ascii.toLower(right[0])) return false;
        left = left[1..];
        right = right[1..];
    }
}

fn isIgnored(byte: u8) bool {
    return byte < 0x80 and !std.ascii.isAlphanumeric(byte);
}

/// A column of the input. Value `i` of a text column is `data[offsets[i]..offsets[i + 1]]`; bit `i % 8` of byte `i / 8`
/// of the validity says whether there is one, and no validity that there always is.
const Input = struct {
    column: ?*const Column,

    fn of(columns: []const Column, index: ?usize) Input {
        return .{ .column = if (index) |at| &columns[at] else null };
    }

    fn isNull(input: Input, row: usize) bool {
        const column = input.column orelse return true;
        const validity = column.validity.items();
        return validity.len > 0 and validity[row / 8] >> @intCast(row % 8) & 1 == 0;
    }

    fn text(input: Input, row: usize) ?[]const u8 {
        const column = input.column orelse return null;
        if (input.isNull(row) or column.values.case != .bytes) return null;
        const bytes = column.values.of.bytes;
        const offsets = bytes.offsets.items();
        return bytes.data.items()[offsets[row]..offsets[row + 1]];
    }

    fn integer(input: Input, row: usize) ?i64 {
        const column = input.column orelse return null;
        if (input.isNull(row)) return null;
        return switch (column.values.case) {
            .integers => column.values.of.integers.items()[row],
            .bytes => parseInteger(trim(input.text(row).?)),
            else => null,
        };
    }
};

/// An optional sign and digits, in range.
fn parseInteger(digits: []const u8) ?i64 {
    // Zig's own parser takes `1_000` too.
    if (std.mem.indexOfScalar(u8, digits, '_') != null) return null;
    return std.fmt.parseInt(i64, digits, 10) catch null;
}

/// A bitmap of which values there are.
const Validity = struct {
    bits: Growing(u8),
    rows: usize = 0,
    has_null: bool = false,

    fn add(validity: *Validity, is_valid: bool) void {
        if (validity.rows % 8 == 0) validity.bits.add(0);
        validity.bits.list.items[validity.rows / 8] |= @as(u8, @intFromBool(is_valid)) << @intCast(validity.rows % 8);
        validity.rows += 1;
        validity.has_null = validity.has_null or !is_valid;
    }

    fn finish(validity: Validity) List(u8) {
        return if (validity.has_null) validity.bits.finish() else .{};
    }
};

/// A text column of the output.
const TextColumn = struct {
    offsets: Growing(u32),
    data: Growing(u8),
    validity: Validity,

    fn init(rows: usize, bytes: usize) TextColumn {
        var offsets: Growing(u32) = .init(rows + 1);
        offsets.add(0);
        return .{ .offsets = offsets, .data = .init(bytes), .validity = .{ .bits = .init(rows / 8 + 1) } };
    }

    /// Ends a value: what was added to `data` since the last one.
    fn end(column: *TextColumn, is_valid: bool) void {
        column.offsets.add(@intCast(column.data.list.items.len));
        column.validity.add(is_valid);
    }

    fn finish(column: TextColumn) OutColumn {
        const bytes: BytesColumn = .{ .offsets = column.offsets.finish(), .data = column.data.finish() };
        return .replace(.{ .case = .bytes, .of = .{ .bytes = bytes } }, column.validity.finish());
    }
};

/// What becomes of a batch.
const Cleaning = struct {
    emails: TextColumn,
    domains: TextColumn,
    scores: Growing(i64),
    has_score: Validity,
    source_rows: Growing(u32),
    rejected: Growing(u32),
    findings: Growing(Finding),

    fn cleanRow(cleaning: *Cleaning, row: u32, id: Input, email: Input, score: Input) void {
        if (trim(id.text(row) orelse "").len == 0) {
            cleaning.find(row, 0, .@"error", "missing_id", "the record has no id");
            cleaning.rejected.add(row);
            return;
        }
        const number = score.integer(row);
        if (number == null and trim(score.text(row) orelse "").len > 0) {
            cleaning.find(row, 2, .warning, "bad_score", "the score is not a whole number");
        }
        var has_address = false;
        var addresses = std.mem.splitScalar(u8, email.text(row) orelse "", ';');
        while (addresses.next()) |part| {
            const address = trim(part);
            if (address.len == 0) continue;
            has_address = true;
            if (domainOf(address)) |domain| {
                if (isDropped(domain)) continue;
                cleaning.addMasked(address, domain);
            } else {
                cleaning.find(row, 1, .warning, "bad_email", "an address is not valid");
                cleaning.addNulls();
            }
            cleaning.addRow(row, number);
        }
        if (!has_address) {
            cleaning.addNulls();
            cleaning.addRow(row, number);
        }
    }

    fn addMasked(cleaning: *Cleaning, address: []const u8, domain: []const u8) void {
        const masked = &cleaning.emails.data;
        if (settings.keep_first) {
            const first = std.unicode.utf8ByteSequenceLength(address[0]) catch 1;
            masked.addLower(address[0..first]);
        }
        masked.addAll("***@");
        masked.addLower(domain);
        cleaning.domains.data.addLower(domain);
        cleaning.emails.end(true);
        cleaning.domains.end(true);
    }

    fn addNulls(cleaning: *Cleaning) void {
        cleaning.emails.end(false);
        cleaning.domains.end(false);
    }

    fn addRow(cleaning: *Cleaning, row: u32, score: ?i64) void {
        cleaning.scores.add(score orelse 0);
        cleaning.has_score.add(score != null);
        cleaning.source_rows.add(row);
    }

    fn find(cleaning: *Cleaning, row: u32, column: u32, severity: Severity, code: []const u8, message: []const u8) void {
        cleaning.findings.add(.{
            .row = row,
            .column = .{ .is_some = true, .value = column },
            .severity = severity,
            .code = .of(code),
            .message = .of(message),
        });
    }
};

/// What is behind the one `@` of a valid address.
fn domainOf(address: []const u8) ?[]const u8 {
    const at = std.mem.indexOfScalar(u8, address, '@') orelse return null;
    const domain = address[at + 1 ..];
    const is_valid = at > 0 and domain.len > 0 and std.mem.indexOfScalar(u8, domain, '@') == null and
        !hasBlank(address);
    return if (is_valid) domain else null;
}

fn hasBlank(text: []const u8) bool {
    var has_blank = false;
    for (text) |byte| has_blank = has_blank or byte == ' ' or (byte >= '\t' and byte <= '\r');
    return has_blank;
}

fn isDropped(domain: []const u8) bool {
    for (settings.drop_domains) |name| {
        if (std.ascii.eqlIgnoreCase(name, domain)) return true;
    }
    return false;
}

fn transform(rows: u32, columns: []const Column) Result(Output) {
    const id: Input = .of(columns, settings.columns[0]);
    const email: Input = .of(columns, settings.columns[1]);
    const score: Input = .of(columns, settings.columns[2]);
    for ([_]Input{ id, email }, read[0..2]) |input, of| {
        const column = input.column orelse continue;
        if (column.values.case != .bytes) {
            const message = "column `{s}` is declared as text, and comes in as numbers";
            return .err("not_text", format(message, .{of.name.items()}));
        }
    }
    const bytes = if (email.column) |column| column.values.of.bytes.data.len else 0;
    var cleaning: Cleaning = .{
        .emails = .init(rows, bytes),
        .domains = .init(rows, bytes),
        .scores = .init(rows),
        .has_score = .{ .bits = .init(rows / 8 + 1) },
        .source_rows = .init(rows),
        .rejected = .init(0),
        .findings = .init(0),
    };
    for (0..rows) |row| cleaning.cleanRow(@intCast(row), id, email, score);

    const source_rows = cleaning.source_rows.list.items;
    var is_same = source_rows.len == rows;
    for (source_rows, 0..) |from, row| is_same = is_same and from == row;

    var outputs: Growing(OutColumn) = .init(made.len + settings.passed.len);
    if (settings.columns[0]) |column| {
        outputs.add(.keep(column));
    } else {
        // Without an id every row is rejected; but there is to be a column.
        outputs.add(TextColumn.init(0, 0).finish());
    }
    outputs.add(cleaning.emails.finish());
    const scores: Values = .{ .case = .integers, .of = .{ .integers = cleaning.scores.finish() } };
    outputs.add(.replace(scores, cleaning.has_score.finish()));
    outputs.add(cleaning.domains.finish());
    for (settings.passed) |column| outputs.add(.keep(column));
    return .ok(.{
        .rows = @intCast(source_rows.len),
        .columns = outputs.finish(),
        .source_rows = .{ .is_some = !is_same, .value = cleaning.source_rows.finish() },
        .rejected = cleaning.rejected.finish(),
        .findings = cleaning.findings.finish(),
    });
}
