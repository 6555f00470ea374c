//go:build xla

package simd_test

import _ "github.com/gomlx/gomlx/backends/xla" // registers "xla"

const oracleConfig = "xla:cpu"

// oracleIsXLA reports whether the oracle defines the corner cases too, on which this backend follows XLA.
const oracleIsXLA = true
