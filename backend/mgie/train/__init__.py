"""Training: a run (`run`, `config`, `start`, `export`), and in folders what it is made of.

`data`        from data sets on disk to batches, with what frozen networks make of them
`engine`      one step, and the loop around it: loss, schedule, averages, checkpoints, log
`expressive`  making the texts to learn from; `mini`: the recipe of the model that is shipped
Nothing here serves an edit, and nothing outside but `mgie.cli` and `mgie.evaluate` imports it."""
