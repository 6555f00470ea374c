package simd

import (
	"sync/atomic"

	"github.com/gomlx/gomlx/backends"
)

// Interpreted is a backend of New whose fused clusters run op by op, by kernels alone. programs counts those that had
// machine code.
func Interpreted(b backends.Backend, programs *atomic.Int64) backends.Backend {
	return &interpretedBackend{b.(*Backend), programs}
}

type interpretedBackend struct {
	*Backend
	programs *atomic.Int64
}

func (b *interpretedBackend) Builder(name string) backends.Builder {
	return &interpretedBuilder{b.Backend.Builder(name).(*Builder), b.programs}
}

type interpretedBuilder struct {
	*Builder
	programs *atomic.Int64
}

func (b *interpretedBuilder) Compile(outputs []backends.Op, shardings []*backends.ShardingSpec) (backends.Executable,
	error) {
	e, err := b.Builder.Compile(outputs, shardings)
	if err != nil {
		return nil, err
	}
	for _, s := range e.(*Executable).plan.Steps {
		for _, part := range s.Parts {
			if part.Program.Interpret() {
				b.programs.Add(1)
			}
		}
	}
	return e, nil
}
