package arrays

// Integer is any Go integer type.
type Integer interface {
	~int8 | ~int16 | ~int32 | ~int64 | ~int | ~uint8 | ~uint16 | ~uint32 | ~uint64
}

// Real is any Go integer or floating-point type.
type Real interface{ Integer | ~float32 | ~float64 }
