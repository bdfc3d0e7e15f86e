;; The least that a plugin can do: it promises the columns that come in, and hands each of them back as `keep`. What a
;; batch costs here is the boundary itself. It is also the shortest lesson in how the contract lies in memory.
(module
  (memory (export "memory") 2)
  ;; Memory is handed out from here on, and all of it is taken back after each call.
  (global $top (mut i32) (i32.const 1024))

  (data (i32.const 0) "identity0.1.0")

  (func $allocate (export "cabi_realloc") (param $old i32) (param $old_size i32) (param $align i32) (param $size i32) (result i32)
    (local $at i32) (local $missing i32)
    (local.set $at
      (i32.and
        (i32.add (global.get $top) (i32.sub (local.get $align) (i32.const 1)))
        (i32.sub (i32.const 0) (local.get $align))))
    (global.set $top (i32.add (local.get $at) (local.get $size)))
    (local.set $missing (i32.sub (global.get $top) (i32.mul (memory.size) (i32.const 65536))))
    (if (i32.gt_s (local.get $missing) (i32.const 0))
      (then
        (if (i32.lt_s
              (memory.grow (i32.add (i32.shr_u (local.get $missing) (i32.const 16)) (i32.const 1)))
              (i32.const 0))
          (then unreachable))))
    (if (local.get $old)
      (then (memory.copy (local.get $at) (local.get $old) (local.get $old_size))))
    (local.get $at))

  (func $take_back (param i32)
    (global.set $top (i32.const 1024)))
  (export "cabi_post_sluice:transform/plugin@1.0.0#describe" (func $take_back))
  (export "cabi_post_sluice:transform/plugin@1.0.0#configure" (func $take_back))
  (export "cabi_post_sluice:transform/plugin@1.0.0#transform" (func $take_back))

  ;; descriptor { name, version, inputs, outputs, config-schema }: five times a pointer and a length.
  (func (export "sluice:transform/plugin@1.0.0#describe") (result i32)
    (local $answer i32)
    (local.set $answer (call $allocate (i32.const 0) (i32.const 0) (i32.const 4) (i32.const 40)))
    (memory.fill (local.get $answer) (i32.const 0) (i32.const 40))
    (i32.store offset=4 (local.get $answer) (i32.const 8))
    (i32.store offset=8 (local.get $answer) (i32.const 8))
    (i32.store offset=12 (local.get $answer) (i32.const 5))
    (local.get $answer))

  ;; result<list<field>, failure>: a tag (0 is ok), and at 4 the list that came in.
  (func (export "sluice:transform/plugin@1.0.0#configure")
    (param $schema i32) (param $fields i32) (param $config i32) (param $entries i32) (result i32)
    (local $answer i32)
    (local.set $answer (call $allocate (i32.const 0) (i32.const 0) (i32.const 4) (i32.const 20)))
    (i32.store (local.get $answer) (i32.const 0))
    (i32.store offset=4 (local.get $answer) (local.get $schema))
    (i32.store offset=8 (local.get $answer) (local.get $fields))
    (local.get $answer))

  ;; result<output, failure>: a tag, and at 4 the output { rows, columns, source-rows, rejected, findings }. A column is a
  ;; variant of 32 bytes: a tag (0 is keep), and at 4 the index.
  (func (export "sluice:transform/plugin@1.0.0#transform")
    (param $rows i32) (param $columns i32) (param $count i32)
    (param $pipeline i32) (param $pipeline_length i32) (param $source i32) (param $source_length i32)
    (param $first_row i64) (param $received_at i64) (result i32)
    (local $answer i32) (local $kept i32) (local $index i32)
    (local.set $answer (call $allocate (i32.const 0) (i32.const 0) (i32.const 4) (i32.const 44)))
    (memory.fill (local.get $answer) (i32.const 0) (i32.const 44))
    (local.set $kept
      (call $allocate (i32.const 0) (i32.const 0) (i32.const 4) (i32.mul (local.get $count) (i32.const 32))))
    (i32.store offset=4 (local.get $answer) (local.get $rows))
    (i32.store offset=8 (local.get $answer) (local.get $kept))
    (i32.store offset=12 (local.get $answer) (local.get $count))
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $index) (local.get $count)))
        (i32.store (local.get $kept) (i32.const 0))
        (i32.store offset=4 (local.get $kept) (local.get $index))
        (local.set $kept (i32.add (local.get $kept) (i32.const 32)))
        (local.set $index (i32.add (local.get $index) (i32.const 1)))
        (br $next)))
    (local.get $answer)))
