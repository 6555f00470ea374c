package jit

import (
	"flag"
	"math"
	"math/rand/v2"
	"testing"
	"time"
	"unsafe"

	"github.com/amgen/amgen/backends/simd/internal/kernels"
)

var long = flag.Duration("jit.random", 0, "how long random chains run, instead of some hundreds of them")

// randomChain is a chain of random operations on three arrays of numbers, one of them single, and one of bools. It
// writes some of its values to further arrays, and adds to one that it reads.
type randomChain struct {
	Chain
	rng            *rand.Rand
	vectors, masks []Value
	exact          []Value // vectors whose bits are known even where they are NaN: integers, and what arrays hold
	numbers, flags int     // arrays written
}

const (
	firstArray, secondArray, singleArray, boolArray, sumArray, cycleArray = 0, 1, 2, 3, 4, 5
	firstWritten                                                          = 6
	mostWritten                                                           = 6
)

// special are numbers at the ends of the range and beyond.
var special = []float32{0, float32(math.Copysign(0, -1)), 1, -1, float32(math.Inf(1)), float32(math.Inf(-1)),
	float32(math.NaN()), math.MaxFloat32, math.SmallestNonzeroFloat32, 1e-39, 0.5, 3}

func newRandomChain(rng *rand.Rand, length int) *randomChain {
	r := &randomChain{rng: rng}
	r.vectors = []Value{r.Tile(firstArray), r.Stream(secondArray), r.Element(singleArray), r.Number(1.5),
		r.Cycle(singleArray, 4), r.Cycle(cycleArray, 6)}
	r.exact = append(r.exact, r.vectors...)
	r.masks = []Value{r.Bools(boolArray)}
	for range length {
		r.add()
	}
	if rng.IntN(4) == 0 { // more values at once than there are registers
		for _, v := range r.vectors {
			r.vectors = append(r.vectors, r.Min(r.vectors[len(r.vectors)-1], v))
		}
		for _, m := range r.masks[:min(len(r.masks), 1+rng.IntN(8))] {
			r.vectors = append(r.vectors, r.Choose(m, r.vectors[0], r.vector()))
		}
	}
	r.Chain.Store(r.Chain.Add(r.Tile(sumArray), r.vector()), sumArray)
	for range 2 + rng.IntN(mostWritten-2) {
		if rng.IntN(4) == 0 {
			r.StoreBools(r.mask(), firstWritten+r.numbers+r.flags)
			r.flags++
			continue
		}
		r.Store(r.vector(), firstWritten+r.numbers+r.flags)
		r.numbers++
	}
	return r
}

// vector picks a value, mostly a late one.
func (r *randomChain) vector() Value {
	if r.rng.IntN(3) == 0 {
		return r.vectors[r.rng.IntN(len(r.vectors))]
	}
	return r.vectors[max(0, len(r.vectors)-1-r.rng.IntN(6))]
}

// mask picks one of the last masks: no chain of the engine keeps many.
func (r *randomChain) mask() Value { return r.masks[max(0, len(r.masks)-1-r.rng.IntN(3))] }

// integer picks a value whose bits are known.
func (r *randomChain) integer() Value { return r.exact[r.rng.IntN(len(r.exact))] }

func (r *randomChain) add() {
	two := []func(a, b Value) Value{r.Add, r.Sub, r.Mul, r.Div, r.Max, r.Min}
	one := []func(a Value) Value{r.Sqrt, r.Neg, r.Abs, func(a Value) Value { return r.Round(a, NearestEven) },
		func(a Value) Value { return r.Round(a, Down) }, func(a Value) Value { return r.Round(a, Up) },
		func(a Value) Value {
			n := r.rng.IntN(300) - 150
			return r.Scale(a, r.Number(float32(n)), r.Bits(uint32(n)))
		},
		func(a Value) Value { return r.AtLeast(a, -3) }, func(a Value) Value { return r.AtMost(a, 7) }}
	three := []func(a, b, c Value) Value{r.FMA, r.AddMul, r.SubMul}
	switch r.rng.IntN(10) {
	case 0, 1, 2:
		r.vectors = append(r.vectors, two[r.rng.IntN(len(two))](r.vector(), r.vector()))
	case 3, 4:
		r.vectors = append(r.vectors, one[r.rng.IntN(len(one))](r.vector()))
	case 5, 6:
		r.vectors = append(r.vectors, three[r.rng.IntN(len(three))](r.vector(), r.vector(), r.vector()))
	case 7:
		r.addInteger()
	case 8:
		r.addMask()
	case 9:
		if r.rng.IntN(2) == 0 {
			r.vectors = append(r.vectors, r.Choose(r.mask(), r.vector(), r.vector()))
			return
		}
		r.vectors = append(r.vectors, r.ZeroUnless(r.mask(), r.vector()))
	}
}

// addInteger appends an operation on bits, or a constant.
func (r *randomChain) addInteger() {
	two := []func(a, b Value) Value{r.And, r.Or, r.Xor, r.AddInt, r.SubInt}
	one := []func(a Value) Value{r.ToFloat, r.FromUnsigned, func(a Value) Value { return r.Shl(a, 1+r.rng.IntN(30)) },
		func(a Value) Value { return r.Shr(a, 3) }, func(a Value) Value { return r.Sar(a, 5) },
		func(Value) Value { return r.Number(special[r.rng.IntN(len(special))]) }}
	var v Value
	if r.rng.IntN(2) == 0 {
		v = two[r.rng.IntN(len(two))](r.integer(), r.integer())
	} else {
		v = one[r.rng.IntN(len(one))](r.integer())
	}
	r.exact, r.vectors = append(r.exact, v), append(r.vectors, v)
}

func (r *randomChain) addMask() {
	predicates := []Predicate{Equal, NotEqual, Unordered, Less, LessEqual, Greater, GreaterEqual, NotGreaterEqual,
		NotLessEqual}
	if r.rng.IntN(3) == 0 {
		r.masks = append(r.masks, r.OddLanes(r.integer()))
		return
	}
	r.masks = append(r.masks, r.Compare(predicates[r.rng.IntN(len(predicates))], r.vector(), r.vector()))
}

// eachTarget runs a test for each target that the processor has.
func eachTarget(t *testing.T, test func(t *testing.T, target *Target)) {
	ran := false
	for _, level := range kernels.Levels() {
		old := kernels.SetLevel(level)
		target := Active()
		kernels.SetLevel(old)
		if target != nil {
			t.Run(target.String(), func(t *testing.T) { test(t, target) })
			ran = true
		}
	}
	if !ran {
		t.Skip("no target for this processor, or no executable memory")
	}
}

// TestRandomChains compares chains with their twins in Go, lane by lane, at lengths around whole vectors.
func TestRandomChains(t *testing.T) { eachTarget(t, testRandomChains) }

func testRandomChains(t *testing.T, target *Target) {
	end := time.Now().Add(*long)
	seed := uint64(1)
	for ; seed <= 600 || time.Now().Before(end); seed++ {
		rng := rand.New(rand.NewPCG(seed, 21))
		r := newRandomChain(rng, 1+rng.IntN(120))
		if !r.check(t, target, seed, []int{1, 15, 16, 17, 31, 32, 48, 77}[rng.IntN(8)]) {
			return
		}
	}
	t.Logf("%d chains", seed-1)
}

// atPageEnd returns n bytes, behind which no memory is where the system can do that.
var atPageEnd = func(_ *testing.T, n int) (mem []byte, free func()) { return make([]byte, n), func() {} }

// check runs the chain on n elements.
func (r *randomChain) check(t *testing.T, target *Target, seed uint64, n int) bool {
	const guard = 0x5ca1ab1e
	numbers := make([][]uint32, firstWritten+mostWritten)
	bytes := map[int][]byte{}
	table := make([]unsafe.Pointer, len(numbers))
	for k := range numbers {
		numbers[k] = make([]uint32, max(n, 64)+16)
		if k == firstArray || k == secondArray {
			mem, free := atPageEnd(t, 4*n)
			defer free()
			numbers[k] = unsafe.Slice((*uint32)(unsafe.Pointer(&mem[0])), n)
		}
		for i := range numbers[k] {
			numbers[k][i] = math.Float32bits(float32(r.rng.NormFloat64() * 3))
			if r.rng.IntN(8) == 0 {
				numbers[k][i] = math.Float32bits(special[r.rng.IntN(len(special))])
			}
			if i >= n && k == sumArray || k >= firstWritten {
				numbers[k][i] = guard
			}
		}
		table[k] = unsafe.Pointer(&numbers[k][0])
	}
	flags, free := atPageEnd(t, n)
	defer free()
	for i := range flags {
		flags[i] = byte(r.rng.IntN(2))
	}
	bytes[boolArray] = flags
	table[boolArray] = unsafe.Pointer(&flags[0])
	before := append([]uint32(nil), numbers[sumArray]...)

	code, memory, err := r.Assemble(target)
	if err == errMasks {
		return true
	} else if err != nil {
		t.Fatal(err)
	}
	transit := make([]byte, memory+64)
	shift := -int(uintptr(unsafe.Pointer(&transit[0]))) & 63
	target.Load([][]byte{code}).Run(0, table, transit[shift:], n)

	after := numbers[sumArray]
	inputs := append([][]uint32(nil), numbers...)
	inputs[sumArray] = before
	for lane := range n {
		written := map[int]uint32{}
		twin(target, &r.Chain, inputs, bytes, lane, written)
		for array, want := range written {
			got := numbers[array][lane]
			for _, o := range r.ops {
				if o.kind == storeBools && int(o.imm) == array {
					got = uint32(unsafe.Slice((*byte)(table[array]), n)[lane])
				}
			}
			if got != want && !bothNaN(got, want) {
				t.Errorf("seed %d, %d elements: lane %d of array %d is %08x, want %08x", seed, n, lane, array, got,
					want)
				return false
			}
		}
	}
	for _, o := range r.ops {
		behind := uint32(guard)
		switch {
		case o.kind == store:
			behind = numbers[o.imm][n]
		case o.kind == storeBools: // n bytes
			behind = numbers[o.imm][(n+3)/4]
			if got := numbers[o.imm][n/4] >> (8 * (n % 4)); got != guard>>(8*(n%4)) {
				behind = got
			}
		}
		if behind != guard || after[n] != guard {
			t.Errorf("seed %d: array %d was written behind its %d elements", seed, o.imm, n)
			return false
		}
	}
	return true
}

func bothNaN(a, b uint32) bool {
	x, y := math.Float32frombits(a), math.Float32frombits(b)
	return x != x && y != y
}
