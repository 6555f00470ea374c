//go:build !xla

package engine

import (
	"errors"

	"github.com/gomlx/gomlx/backends"
)

// compiled tells whether XLA is in this binary.
const compiled = false

// openXLA is never called: Parse refuses.
func openXLA(Choice, int) (backends.Backend, error) { return nil, errors.New("engine: no XLA") }

// Memory is what an engine has taken of its first device, in bytes; false where it doesn't tell.
func Memory(backends.Backend) (inUse, peak int64, ok bool) { return 0, 0, false }

// Describe is the engine and what it computes on, for a log.
func Describe(b backends.Backend) string { return b.Name() }
