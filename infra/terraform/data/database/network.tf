# Two private subnets, because Aurora wants two zones, and a public one with the way out. What goes to
# S3 and DynamoDB takes a way of its own that costs nothing; why all else goes through one NAT gateway:
# docs/decisions/0020-the-portals-network.md.

locals {
  zones = toset(["a", "b"])
  cidrs = { a = "10.20.0.0/20", b = "10.20.16.0/20", public = "10.20.240.0/24" }
}

resource "aws_vpc" "portal" {
  cidr_block           = "10.20.0.0/16"
  enable_dns_support   = true
  enable_dns_hostnames = true

  tags = { Name = "${var.name}-portal" }
}

resource "aws_subnet" "private" {
  for_each = local.zones

  vpc_id            = aws_vpc.portal.id
  availability_zone = "${var.region}${each.key}"
  cidr_block        = local.cidrs[each.key]

  tags = { Name = "${var.name}-private-${each.key}" }
}

resource "aws_subnet" "public" {
  vpc_id            = aws_vpc.portal.id
  availability_zone = "${var.region}a"
  cidr_block        = local.cidrs["public"]

  tags = { Name = "${var.name}-public" }
}

resource "aws_internet_gateway" "portal" {
  vpc_id = aws_vpc.portal.id
}

resource "aws_eip" "nat" {
  domain = "vpc"
}

resource "aws_nat_gateway" "portal" {
  allocation_id = aws_eip.nat.id
  subnet_id     = aws_subnet.public.id

  depends_on = [aws_internet_gateway.portal]
}

resource "aws_route_table" "public" {
  vpc_id = aws_vpc.portal.id
}

resource "aws_route" "public" {
  route_table_id         = aws_route_table.public.id
  destination_cidr_block = "0.0.0.0/0"
  gateway_id             = aws_internet_gateway.portal.id
}

resource "aws_route_table_association" "public" {
  subnet_id      = aws_subnet.public.id
  route_table_id = aws_route_table.public.id
}

resource "aws_route_table" "private" {
  vpc_id = aws_vpc.portal.id
}

resource "aws_route" "private" {
  route_table_id         = aws_route_table.private.id
  destination_cidr_block = "0.0.0.0/0"
  nat_gateway_id         = aws_nat_gateway.portal.id
}

resource "aws_route_table_association" "private" {
  for_each = local.zones

  subnet_id      = aws_subnet.private[each.key].id
  route_table_id = aws_route_table.private.id
}

resource "aws_vpc_endpoint" "free" {
  for_each = toset(["dynamodb", "s3"])

  vpc_id            = aws_vpc.portal.id
  service_name      = "com.amazonaws.${var.region}.${each.key}"
  vpc_endpoint_type = "Gateway"
  route_table_ids   = [aws_route_table.private.id]
}

# The portal is called by Lambda, never through the network: nothing comes in.
resource "aws_security_group" "portal" {
  name        = "${var.name}-portal"
  description = "The portal"
  vpc_id      = aws_vpc.portal.id
}

resource "aws_vpc_security_group_egress_rule" "portal" {
  security_group_id = aws_security_group.portal.id
  description       = "AWS, newsletter platforms and the database"
  ip_protocol       = "-1"
  cidr_ipv4         = "0.0.0.0/0"
}

resource "aws_security_group" "database" {
  name        = "${var.name}-database"
  description = "The portal's database"
  vpc_id      = aws_vpc.portal.id
}

resource "aws_vpc_security_group_ingress_rule" "database" {
  security_group_id            = aws_security_group.database.id
  description                  = "The portal, and nobody else"
  ip_protocol                  = "tcp"
  from_port                    = 5432
  to_port                      = 5432
  referenced_security_group_id = aws_security_group.portal.id
}
