//go:build xla

package cli

import _ "github.com/gomlx/gomlx/backends/xla" // XLA through cgo: xla:cpu, xla:cuda
