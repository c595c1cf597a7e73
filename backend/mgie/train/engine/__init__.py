"""What makes weights move: objective, parameter groups, session, schedule, averages, checkpoints, the loop.

Each exists once; a stage of training brings its own loss and batches to `steps`. Nothing here knows a data
set's layout or imports `mgie.train.mini`."""
