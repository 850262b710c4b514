"""What a filled form saved: entries counted by status; the typing and time of the blank form beside its own.

Nothing is measured here; it is modelled, by rules that can be followed on paper. The constants stand in
``form_specs/savings.yaml``, each with its source; a folder of a district's own may lay others over them.

**Counting.** Only the community's own fields count. ``asked`` = known + confirm + new. An entry that
``waits_for`` something counts under ``maybe`` alone. A table without rows is one entry.

**The two forms.** *Blank*: the worker looks up every value that this form has filled, enters it, and enters
the new ones. *Left*: she reads what is filled, confirms what is to be confirmed, and enters the new ones. A
new value costs the same in both, so a form in which nothing is filled saves 0; confirming costs time and
keys, so a saving can be negative, and is shown so.

========  ==========================================  =====================================================
entry     blank                                       left
========  ==========================================  =====================================================
known     think + read it + enter it                  read it
confirm   think + read it + enter it                  think + read all that is shown + Tab + confirm
partial   the same, with the whole date               the same + the digits of the date that are missing
new       think + enter                               think + enter
source    think + query                               nothing
========  ==========================================  =====================================================

``think`` is the M of the keystroke-level model. A *source* is queried once in the blank form, however many
values are taken from it; it counts only if a value of the form's own subject comes from it first (what is
known of the community, the dwelling or the filing is held to be at hand). To *enter* is, by kind:

- **text, name, address**: the letters of each Chinese character's full pinyin (the first reading that
  pypinyin gives; ü is v) and one key for each phrase of up to four characters in a row; any other character
  is one key. Shift is not counted. Then Tab.
- **number, ID number, telephone, code without a list**: a key for each character, then Tab. **Date**: a key
  for each digit, then Tab. A list that is recorded to be empty: Tab.
- **option**: a press for each option chosen, two where the list has to be opened first: a pointing (P) and
  a key (K) each, and one movement of the hand (H) for the field; no Tab. A yes/no is a list of two. **File,
  photograph**: two presses.

Where sources differ, or several persons are candidates, the blank form is held to the cheapest of the
values.

**Delivery** decides what may be claimed. Where the form is ``retyped`` into another system, every value is
typed there whether it was filled here or not; so no typing stands in either total, and what is left is
looking up: finding, querying and reading. Savings of different deliveries are never added together.
"""

from prefill.savings.keys import keystrokes
from prefill.savings.measuring import Savings, measure
from prefill.savings.model import Model, read_model
from prefill.savings.receipts import Measured, measure_receipt

__all__ = ["Measured", "Model", "Savings", "keystrokes", "measure", "measure_receipt", "read_model"]
