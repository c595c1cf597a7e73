"""What tests share: fakes that are small real programs, tiny models, published layouts, the parity pack.

Imported as `support.tiny` and so on by tests, benchmarks and the programs that they start. No test lives
here, and nothing that only one test file needs.
"""
