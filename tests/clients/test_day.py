"""What is public after edits, typos, outages and crashes is what the model of held events says: part of a scripted day."""

import day


def test_after_every_step_all_publish_what_the_model_says(tmp_path):
    made = day.live(tmp_path, day.SEED, steps=15)
    assert sum(made.values()) == 15
