//go:build xla

package autodiff

func init() { testBackends = append(testBackends, "xla:cpu") }
