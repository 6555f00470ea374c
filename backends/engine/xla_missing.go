//go:build !xla

package engine

import (
	"errors"

	"github.com/gomlx/gomlx/backends"
)

// compiled reports whether XLA is in this binary.
const compiled = false

// openXLA is never called, because Parse refuses XLA's names.
func openXLA(Choice, int) (backends.Backend, error) { return nil, errors.New("engine: no XLA") }

// Memory returns the bytes that the engine has taken of its first device; ok is false for an engine that doesn't count
// them.
func (e *Engine) Memory() (inUse, peak int64, ok bool) { return 0, 0, false }

// Describe names the engine and what it computes on, for a log.
func (e *Engine) Describe() string { return describeSIMD() }
