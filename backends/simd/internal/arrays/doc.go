// Package arrays holds the array operations of the simd backend that are neither element-wise nor products:
// movement (transpose, broadcast, slice, concatenate, pad, reverse), indexing (gather, scatter, dynamic
// slices), windows (reduce-window, select-and-scatter), arg-min/max, random bits and dtype conversion.
//
// Every function works on flat row-major slices and their dimensions, knows nothing of graphs or buffers, and
// is generic over the element type. Movement only copies elements, so its callers may pass any type of the
// right size and need only five instantiations; 4-byte elements are best passed as float32, whose transposes
// have vector kernels.
//
// Arguments are trusted: shapes are checked once, where the graph is built. Work on big tensors is spread over
// a pool in pieces that depend on the shapes alone, so results have the same bits for any number of workers.
//
// The semantics are XLA's (https://openxla.org/xla/operation_semantics); each function says where that matters.
package arrays
