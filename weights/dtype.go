package weights

import (
	"strings"

	"github.com/gomlx/gomlx/pkg/core/dtypes"
)

// storedTypes are the element types that safetensors and GoMLX share, with safetensors' names, widest
// first: the order in which the format's reference implementation lays tensors out.
var storedTypes = []struct {
	dtype dtypes.DType
	name  string
	size  int // bytes
}{
	{dtypes.Uint64, "U64", 8},
	{dtypes.Int64, "I64", 8},
	{dtypes.Float64, "F64", 8},
	{dtypes.Float32, "F32", 4},
	{dtypes.Uint32, "U32", 4},
	{dtypes.Int32, "I32", 4},
	{dtypes.BFloat16, "BF16", 2},
	{dtypes.Float16, "F16", 2},
	{dtypes.Uint16, "U16", 2},
	{dtypes.Int16, "I16", 2},
	{dtypes.Int8, "I8", 1},
	{dtypes.Uint8, "U8", 1},
	{dtypes.Bool, "BOOL", 1},
}

// otherTypes are safetensors' names of the element types that GoMLX doesn't compute with.
var otherTypes = map[string]bool{"C64": true, "C128": true, "F8_E5M2": true, "F8_E4M3": true, "F8_E8M0": true,
	"F8_E4M3FNUZ": true,
	"F8_E5M2FNUZ": true, "F6_E2M3": true, "F6_E3M2": true, "F4": true, "F4_E2M1": true}

// dtypeRank is the place of a type in storedTypes, or −1.
func dtypeRank(d dtypes.DType) int {
	for i, s := range storedTypes {
		if s.dtype == d {
			return i
		}
	}
	return -1
}

func dtypeSize(d dtypes.DType) (bytes int, known bool) {
	i := dtypeRank(d)
	if i < 0 {
		return 0, false
	}
	return storedTypes[i].size, true
}

func dtypeByName(name string) (dtypes.DType, bool) {
	for _, s := range storedTypes {
		if s.name == name {
			return s.dtype, true
		}
	}
	return dtypes.InvalidDType, false
}

func dtypeNames() string {
	names := make([]string, len(storedTypes))
	for i, s := range storedTypes {
		names[i] = s.name
	}
	return strings.Join(names, ", ")
}
