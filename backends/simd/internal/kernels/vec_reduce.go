package kernels

// reduceLanes is the width of the tree that Sum, ReduceMax and ReduceMin share: element i goes into lane
// i mod reduceLanes in ascending order of i, then the lanes are folded by halves, lane l with lane l+32, then
// l+16, 8, 4, 2 and 1. The order depends on the length alone, so that every Level yields the same bits.
const reduceLanes = 64

// Sum returns a[0] + a[1] + …, added in float32 in the order of reduceLanes; 0 for no elements.
// The lanes start from +0, so a sum of negative zeros is +0.
func Sum(a []float32) float32 { return vec().sum(a) }

// ReduceMax returns the largest element, or NaN if any is NaN; -Inf for no elements.
func ReduceMax(a []float32) float32 { return vec().reduceMax(a) }

// ReduceMin returns the smallest element, or NaN if any is NaN; +Inf for no elements.
func ReduceMin(a []float32) float32 { return vec().reduceMin(a) }
