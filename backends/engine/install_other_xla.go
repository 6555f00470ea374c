//go:build xla && !(linux && amd64)

package engine

import "errors"

func installCUDA(string) error { return errors.New("there is one for linux/amd64 only") }
