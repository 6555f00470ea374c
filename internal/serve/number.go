package serve

import (
	"math"
	"strconv"
)

// number is a figure in JSON; one that isn't finite is null, for JSON has none.
type number float64

// none is no figure.
var none = number(math.NaN())

// MarshalJSON implements [json.Marshaler].
func (n number) MarshalJSON() ([]byte, error) {
	if math.IsNaN(float64(n)) || math.IsInf(float64(n), 0) {
		return []byte("null"), nil
	}
	return strconv.AppendFloat(nil, float64(n), 'g', -1, 64), nil
}
