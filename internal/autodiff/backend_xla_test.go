//go:build xla

package autodiff

import _ "github.com/gomlx/gomlx/backends/xla"

func init() { testBackends = append(testBackends, "xla:cpu") }
