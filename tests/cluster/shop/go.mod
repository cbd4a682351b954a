module watchkeeper.test/cluster/shop

go 1.26.0
