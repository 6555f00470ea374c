package hdf5

import "math"

// dataspace reads a shape. A number by itself has no dimension; nothing, as h5py's Empty, is one dimension of 0. limits
// are the greatest dimensions, −1 without a limit.
func dataspace(c *cursor) (shape, limits []int, err error) {
	from := c.from + uint64(c.at)
	version, rank, flags := c.u8(), int(c.u8()), c.u8()
	kind := byte(1)
	switch version {
	case 1:
		c.skip(5)
	case 2:
		kind = c.u8()
	default:
		return nil, nil, damaged("shape", from)
	}
	if kind == 2 {
		return []int{0}, []int{0}, nil
	}
	most := 32
	if rank > most || kind > 2 || kind == 0 && rank > 0 {
		return nil, nil, damaged("shape", from)
	}
	dims := func() (list []int) {
		for range rank {
			d := c.u64()
			if d > math.MaxInt64 {
				d = math.MaxUint64
			}
			list = append(list, int(d))
		}
		return list
	}
	shape = dims()
	limits = shape
	if flags&1 != 0 {
		limits = dims()
	}
	for k, d := range shape {
		if d < 0 || limits[k] >= 0 && limits[k] < d {
			return nil, nil, damaged("shape", from)
		}
	}
	if c.err != nil {
		return nil, nil, c.err
	}
	return shape, limits, nil
}
