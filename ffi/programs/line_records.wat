;; Makes records of lines: lib/container/log/line_records.ts tells why, and draws the memory. The bytes
;; in lib/container/log/_line_records_code.ts are this, assembled; line_records_test.ts compares them.
;;
;;   wat2wasm line_records.wat -o /tmp/line_records.wasm
(module
  (func $addLines
    (param $at i32) (param $end i32)       ;; the lines
    (param $out i32) (param $full i32)     ;; where records go, and up to where
    (param $tailEnd i32)                   ;; where what ends each record ends
    (result i32)                           ;; the beginning of the first line that is left
    (local $line i32) (local $limit i32) (local $plain i32) (local $from i32) (local $byte i32)
    (local $bytes v128) (local $escape i64)
    (block $done
      (loop $nextLine
        (local.set $line (local.get $at))
        (global.set $written (local.get $out))
        (br_if $done (i32.ge_u (local.get $out) (local.get $full)))
        ;; A record holds 16 KiB of text at most.
        (local.set $limit
          (select
            (local.tee $limit (i32.add (local.get $at) (i32.const 16384)))
            (local.get $end)
            (i32.lt_u (local.get $limit) (local.get $end))))
        ;; {"log":"
        (i64.store (local.get $out) (i64.const 0x223a22676f6c227b))
        (local.set $out (i32.add (local.get $out) (i32.const 8)))
        (loop $next
          (br_if $done (i32.ge_u (local.get $at) (local.get $limit)))
          ;; Sixteen bytes are copied whatever they are; what follows the plain ones is overwritten.
          (v128.store align=1 (local.get $out)
            (local.tee $bytes (v128.load align=1 (local.get $at))))
          (local.set $at
            (i32.add
              (local.tee $plain
                (i32.ctz
                  (i32.or
                    (i8x16.bitmask
                      (v128.or
                        (v128.or
                          (v128.or
                            ;; signed: control characters, and what is not ASCII
                            (i8x16.lt_s (local.get $bytes) (i8x16.splat (i32.const 0x20)))
                            ;; " and &
                            (i8x16.eq
                              (v128.and (local.get $bytes) (i8x16.splat (i32.const 0xfb)))
                              (i8x16.splat (i32.const 0x22))))
                          ;; < and >
                          (i8x16.eq
                            (v128.and (local.get $bytes) (i8x16.splat (i32.const 0xfd)))
                            (i8x16.splat (i32.const 0x3c))))
                        ;; \
                        (i8x16.eq (local.get $bytes) (i8x16.splat (i32.const 0x5c)))))
                    ;; All sixteen may be plain.
                    (i32.const 0x10000))))
              (local.get $at)))
          (local.set $out (i32.add (local.get $out) (local.get $plain)))
          (br_if $next (i32.eq (local.get $plain) (i32.const 16)))
          (br_if $done (i32.ge_u (local.get $at) (local.get $limit)))
          (br_if $done
            (i32.ge_u (local.tee $byte (i32.load8_u (local.get $at))) (i32.const 0x80)))
          (local.set $at (i32.add (local.get $at) (i32.const 1)))
          (if (i32.ne (local.get $byte) (i32.const 0x0a))
            (then
              ;; The escape's text, with its length in the last of eight bytes.
              (i64.store align=1 (local.get $out)
                (local.tee $escape (i64.load (i32.shl (local.get $byte) (i32.const 3)))))
              (local.set $out
                (i32.add
                  (i32.wrap_i64 (i64.shr_u (local.get $escape) (i64.const 56)))
                  (local.get $out)))
              (br $next))))
        ;; A newline: the record ends.
        (local.set $from (i32.const 1024))
        (loop $copyTail
          (v128.store align=1 (local.get $out) (v128.load (local.get $from)))
          (local.set $out (i32.add (local.get $out) (i32.const 16)))
          (br_if $copyTail
            (i32.lt_u
              (local.tee $from (i32.add (local.get $from) (i32.const 16)))
              (local.get $tailEnd))))
        (local.set $out
          (i32.sub (local.get $out) (i32.sub (local.get $from) (local.get $tailEnd))))
        (br $nextLine)))
    (local.get $line))
  (memory 11)
  (global $written (mut i32) (i32.const 0))
  (export "memory" (memory 0))
  (export "written" (global $written))
  (export "addLines" (func $addLines)))
