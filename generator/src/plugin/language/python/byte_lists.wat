;; The component around a plugin in Python. Numbers in lists reach Python one by one, at 310 ns each; bytes come at once. So
;; the plugin inside is built for a contract whose lists of numbers are lists of bytes, and this component keeps the real
;; contract towards the host. Both lists look the same in memory: only their lengths differ, by the size of a number.
;;
;; `byte_lists.rs` fills in what stands in braces, the types of either contract, and puts the plugin in the place of
;; `$plugin`. Offsets are those of the canonical ABI for the records of `wit/transform.wit`.
(component
  (import "sluice:transform/types@1.0.0" (instance $types {types}))
  (alias export $types "severity" (type $severity))
  (import "sluice:transform/log@1.0.0" (instance $log
    (alias outer 1 $severity (type $outer-severity))
    (export "severity" (type $severity (eq $outer-severity)))
    (export "write" (func (param "level" $severity) (param "message" string)))))

  (component $plugin)

  (component $byte-types {byte types defined})
  (instance $byte-types (instantiate $byte-types))
  (instance $plugin (instantiate $plugin
    (with "sluice:transform/types@1.0.0" (instance $byte-types))
    (with "sluice:transform/log@1.0.0" (instance $log))))
  (alias export $plugin "sluice:transform/plugin@1.0.0" (instance $inside))

  ;; Beside the plugin and not around it, because a component may not call what it contains while it is called itself.
  (component $lists
    (import "types" (instance $types {types}))
    (import "byte-types" (instance $byte-types {byte types}))
    (alias export $types "field" (type $field))
    (alias export $types "batch" (type $batch))
    (alias export $types "origin" (type $origin))
    (alias export $types "output" (type $output))
    (alias export $types "descriptor" (type $descriptor))
    (alias export $types "failure" (type $failure))
    (alias export $byte-types "batch" (type $byte-batch))
    (alias export $byte-types "origin" (type $byte-origin))
    (alias export $byte-types "output" (type $byte-output))
    (alias export $byte-types "failure" (type $byte-failure))

    ;; What has no list of numbers goes through.
    (import "describe" (func $describe (result $descriptor)))
    (import "configure" (func $configure
      (param "schema" (list $field)) (param "config" (list (tuple string string)))
      (result (result (list $field) (error $failure)))))
    (export "describe" (func $describe))
    (export "configure" (func $configure))

    (import "transform" (func $inside
      (param "input" $byte-batch) (param "origin" $byte-origin) (result (result $byte-output (error $byte-failure)))))

    ;; Memory for the arguments and the answer of one call, taken in order and given back at once.
    (core module $memory
      (memory (export "memory") 1)
      (global $top (mut i32) (i32.const 1024))
      (func (export "realloc")
        (param $old i32) (param $old-size i32) (param $align i32) (param $size i32) (result i32)
        (local $at i32) (local $missing-pages i32)
        (local.set $at (i32.and (i32.add (global.get $top) (i32.const 7)) (i32.const -8)))
        (global.set $top (i32.add (local.get $at) (local.get $size)))
        (if (i32.lt_u (global.get $top) (local.get $at)) (then (unreachable)))
        (local.set $missing-pages (i32.sub
          (i32.add (i32.shr_u (global.get $top) (i32.const 16)) (i32.const 1)) (memory.size)))
        (if (i32.gt_s (local.get $missing-pages) (i32.const 0)) (then
          (if (i32.eq (memory.grow (local.get $missing-pages)) (i32.const -1)) (then (unreachable)))))
        (memory.copy (local.get $at) (local.get $old) (local.get $old-size))
        (local.get $at))
      (func (export "free-all") (param $answer i32) (global.set $top (i32.const 1024))))
    (core instance $memory (instantiate $memory))
    (core func $inside (canon lower (func $inside)
      (memory (core memory $memory "memory")) (realloc (core func $memory "realloc"))))

    (core module $scaling
      (import "memory" "memory" (memory 1))
      (import "memory" "realloc" (func $realloc (param i32 i32 i32 i32) (result i32)))
      (import "inside" "transform" (func $inside (param i32 i32 i32 i32 i32 i32 i32 i64 i64 i32)))

      ;; The power of two that is the size of the numbers of the column at $at; 0 for booleans, which are bytes anyway.
      (func $shift (param $at i32) (result i32) (local $case i32)
        (local.set $case (i32.load8_u (local.get $at)))
        (if (i32.eqz (local.get $case)) (then (return (i32.const 2))))
        (select (i32.const 0) (i32.const 3) (i32.eq (local.get $case) (i32.const 3))))

      (func (export "transform")
        (param $rows i32) (param $columns i32) (param $count i32)
        (param $pipeline i32) (param $pipeline-bytes i32) (param $source i32) (param $source-bytes i32)
        (param $first-row i64) (param $received-at i64) (result i32)
        (local $at i32) (local $end i32) (local $answer i32)

        ;; A column has 28 bytes: its case, and at 8 the length of its first list.
        (local.set $at (local.get $columns))
        (local.set $end (i32.add (local.get $columns) (i32.mul (local.get $count) (i32.const 28))))
        (block $done (loop $next
          (br_if $done (i32.ge_u (local.get $at) (local.get $end)))
          (i32.store offset=8 (local.get $at)
            (i32.shl (i32.load offset=8 (local.get $at)) (call $shift (local.get $at))))
          (local.set $at (i32.add (local.get $at) (i32.const 28)))
          (br $next)))

        (local.set $answer (call $realloc (i32.const 0) (i32.const 0) (i32.const 8) (i32.const 48)))
        (call $inside (local.get $rows) (local.get $columns) (local.get $count)
          (local.get $pipeline) (local.get $pipeline-bytes) (local.get $source) (local.get $source-bytes)
          (local.get $first-row) (local.get $received-at) (local.get $answer))
        (if (i32.load8_u (local.get $answer)) (then (return (local.get $answer))))

        ;; The answer: case, at 4 the rows, 8 the columns, 16 the source rows, 28 the rejected rows. An output column has
        ;; 32 bytes: its case, and at 4 the column.
        (local.set $at (i32.load offset=8 (local.get $answer)))
        (local.set $end (i32.add (local.get $at) (i32.shl (i32.load offset=12 (local.get $answer)) (i32.const 5))))
        (block $done (loop $next
          (br_if $done (i32.ge_u (local.get $at) (local.get $end)))
          (if (i32.load8_u (local.get $at)) (then
            (i32.store offset=12 (local.get $at)
              (i32.shr_u (i32.load offset=12 (local.get $at)) (call $shift (i32.add (local.get $at) (i32.const 4)))))))
          (local.set $at (i32.add (local.get $at) (i32.const 32)))
          (br $next)))
        (i32.store offset=24 (local.get $answer) (i32.shr_u (i32.load offset=24 (local.get $answer)) (i32.const 2)))
        (i32.store offset=32 (local.get $answer) (i32.shr_u (i32.load offset=32 (local.get $answer)) (i32.const 2)))
        (local.get $answer)))
    (core instance $scaling (instantiate $scaling
      (with "memory" (instance $memory))
      (with "inside" (instance (export "transform" (func $inside))))))
    (func $transform
      (param "input" $batch) (param "origin" $origin) (result (result $output (error $failure)))
      (canon lift (core func $scaling "transform")
        (memory (core memory $memory "memory"))
        (realloc (core func $memory "realloc"))
        (post-return (core func $memory "free-all"))))
    (export "transform" (func $transform)))

  (instance $lists (instantiate $lists
    (with "types" (instance $types))
    (with "byte-types" (instance $byte-types))
    (with "describe" (func $inside "describe"))
    (with "configure" (func $inside "configure"))
    (with "transform" (func $inside "transform"))))

  (alias export $types "field" (type $field))
  (alias export $types "batch" (type $batch))
  (alias export $types "origin" (type $origin))
  (alias export $types "output" (type $output))
  (alias export $types "descriptor" (type $descriptor))
  (alias export $types "failure" (type $failure))
  (alias export $lists "describe" (func $describe))
  (alias export $lists "configure" (func $configure))
  (alias export $lists "transform" (func $transform))
  (instance $outside
    (export "field" (type $field))
    (export "batch" (type $batch))
    (export "origin" (type $origin))
    (export "output" (type $output))
    (export "descriptor" (type $descriptor))
    (export "failure" (type $failure))
    (export "describe" (func $describe))
    (export "configure" (func $configure))
    (export "transform" (func $transform)))
  (export "sluice:transform/plugin@1.0.0" (instance $outside)))
