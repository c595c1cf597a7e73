"""The networks of MGIE and the maths of one edit."""
