//go:build xla

package unet

import _ "github.com/gomlx/gomlx/backends/xla"

func init() { testBackends = append(testBackends, "xla:cpu") }
