//go:build xla

package flows_test

import _ "github.com/gomlx/gomlx/backends/xla"

func init() { defaultBackend = "xla:cpu" }
