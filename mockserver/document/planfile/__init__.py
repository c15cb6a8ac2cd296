"""The parts of a plan file, read and checked one by one; `document.plan_file` puts them together."""
