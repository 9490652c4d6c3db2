"""Load what a configuration names, run the suite, and write the files of a run. All front ends use this."""
