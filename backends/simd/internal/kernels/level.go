package kernels

import "sync/atomic"

// Level is an instruction set that kernels are written for; a higher one includes the lower ones.
type Level int32

const (
	Generic Level = iota // plain Go
	AVX2                 // 256-bit AVX2 with FMA and F16C
	AVX512               // 512-bit AVX-512 F, BW, DQ and VL
)

// String names the level as a benchmark or a report prints it.
func (l Level) String() string {
	switch l {
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

// Active is the level that the kernels run at.
func Active() Level { return Level(active.Load()) }

// SetLevel makes the kernels run at the given level, or at Best if that is lower, and returns the level before. It is
// for tests, which restore the level, because kernels of different levels round differently.
func SetLevel(l Level) (old Level) {
	return Level(active.Swap(int32(min(l, Best()))))
}
