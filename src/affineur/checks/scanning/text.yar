/*
What is suspicious by its text alone, in files of any language: each match is a finding,
its first place quoted. Kept few and exact.
*/

rule source_defender {
    strings: $a = "---BEGIN PYE FILE---"
    condition: $a
}

rule pyarmor {
    strings: $a = /__pyarmor__\s*\(\s*__name__/
    condition: $a
}

rule pyarmor_import {
    strings:
        $a = /^(from[ \t]+[\w.]*(pyarmor_runtime\w*|pytransform)[ \t]+import|import[ \t]+pytransform)/
        $b = /\n[ \t]*(from[ \t]+[\w.]*(pyarmor_runtime\w*|pytransform)[ \t]+import)/
    condition: any of them and not pyarmor
}

rule javascript_obfuscator {
    strings: $a = /\b_0x[0-9a-f]{4,6}\s*[=(\[]/
    condition: #a > 12
}

rule confusing_names {
    strings:
        $a = /\bO[O0]{9,}\b/
        $b = /\b[Il][Il1]{11,}\b/
    condition: #a > 3 or #b > 3
}

rule source_defender_import {
    strings:
        $a = /\n[ \t]*(import|from)[ \t]+sourcedefender\b/
        $b = /^(import|from)[ \t]+sourcedefender\b/
    condition: any of them
}
