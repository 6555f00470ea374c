package kernels

import (
	"slices"
	"sync/atomic"
)

// Level is an instruction set that kernels are written for. Those of amd64 have their order: AVX512 includes AVX2.
type Level int32

const (
	Generic Level = iota // plain Go
	NEON                 // 128-bit vectors of arm64
	AVX2                 // 256-bit AVX2 with FMA and F16C
	AVX512               // 512-bit AVX-512 F, BW, DQ and VL
	levelCount
)

// String names the level as a benchmark or a report prints it.
func (l Level) String() string {
	switch l {
	case NEON:
		return "neon"
	case AVX2:
		return "avx2"
	case AVX512:
		return "avx512"
	default:
		return "generic"
	}
}

// active holds the level in use. It is atomic so that a test that switches it is clean under the race detector.
var active atomic.Int32

func init() { active.Store(int32(Best())) }

// Levels lists the levels that this processor, its operating system and this build have, Generic first.
func Levels() []Level { return slices.Clone(available) }

// Best is the last of Levels. All kernels, of float32 and float64, are chosen by this one function.
func Best() Level { return available[len(available)-1] }

// Active is the level that the kernels run at.
func Active() Level { return Level(active.Load()) }

// SetLevel makes the kernels run at the given level, or at the highest of Levels that is lower, and returns the level
// before. It is for tests, which restore the level, because kernels of different levels round differently.
func SetLevel(l Level) (old Level) {
	use := Generic
	for _, have := range available {
		if have <= l {
			use = have
		}
	}
	return Level(active.Swap(int32(use)))
}
