"""The policies that affineur ships with, by name. `manual` is every feed's until it has another.

They are printed in docs/policy.md, and a test holds the two together.
"""

from __future__ import annotations

from collections.abc import Mapping

MANUAL = """\
# Every new release goes to a person, known malware is denied.
otherwise = "review"          # when no [[rule]] holds

[malware]
verdict = "deny"              # a malware record (MAL-) that is not withdrawn

[findings]                    # what the checks saw, by its severity
block = "deny"
review = "review"
known = "review"              # severity review, and the last approved version had it, too

[vulnerability]               # by the level of the advisory
critical = "review"
high = "review"
medium = "review"
low = "review"
unknown = "review"

[licence]                     # SPDX identifiers; they count before categories
allow = []
review = []
deny = []
allow_categories = []         # public-domain, permissive, weak-copyleft, strong-copyleft,
review_categories = []        # network-copyleft, proprietary, unstated
deny_categories = []
unlisted = "review"           # known, but in no list
unknown = "review"            # none could be made out

[age]
min_days = 3                  # younger than this
younger = "review"
except_fixes = true           # but not when it fixes a vulnerability of the approved version

[yanked]
verdict = "review"

[not_assessed]
verdict = "review"            # a check that could not look never counts as passed
checks = {}                   # by the check's name: { provenance = "allow" }
"""

BALANCED = """\
# Approves by itself a patch release of an approved project that brings nothing new.
# Everything else is as in `manual`: it goes to a person.
otherwise = "review"

[findings]
known = "allow"               # somebody accepted it with the version before

[licence]
unlisted = "allow"            # the rule below asks that it stayed the same

[age]
min_days = 7
younger = "review"

[[rule]]
name = "patch-release"
when = '''
is_approved_project && is_patch_release && !is_prerelease
&& new_findings.all(f, f.severity == "info")
&& new_dependencies.size() == 0 && new_capabilities.size() == 0 && unread_files.size() == 0
&& !licence_changed && !publisher_changed
&& vulnerabilities.size() == 0 && !yanked && not_assessed.size() == 0
'''
outcome = "allow"
reason = "a patch release of an approved project that brings nothing new"
"""

STRICT = """\
# Says no by itself to what no approver should have to argue about. Approves nothing by itself.
otherwise = "review"

[vulnerability]
critical = "deny"             # take the fixed version; or waive it, for a while and with a reason
high = "deny"
medium = "review"
low = "review"
unknown = "review"            # nobody gave it a level: a person reads it

[licence]
allow_categories = ["public-domain", "permissive"]
review_categories = ["weak-copyleft"]
deny_categories = ["strong-copyleft", "network-copyleft", "proprietary"]
unlisted = "deny"             # in no list and in no category: list it first
unknown = "review"            # a person may find one where the check did not

[age]
min_days = 14
younger = "deny"              # time alone heals it: ask again later

[yanked]
verdict = "deny"              # its own project says not to use it

[not_assessed]
verdict = "review"            # not its fault, perhaps: a person looks, or has it vetted again

[[rule]]
name = "publisher-changed"
when = "publisher_changed && new_capabilities.size() > 0"
outcome = "deny"
reason = "somebody else publishes it now, and it can do more than before"
"""

DEFAULT = "manual"
PRESETS: Mapping[str, str] = {DEFAULT: MANUAL, "balanced": BALANCED, "strict": STRICT}
